export { memoryStore } from './stores/memory.js'
