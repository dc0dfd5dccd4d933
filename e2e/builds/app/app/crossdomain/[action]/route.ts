import { handlers } from '../../../session'

export const { GET, POST, OPTIONS } = handlers
