import { handlers } from '../../../session'

// A mistake that does no harm: the folder is called `[slug]`, and not `[action]`.
export const { GET, POST, OPTIONS } = handlers
