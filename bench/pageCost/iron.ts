export interface IronData {
  userId?: string
  cart?: Record<string, number>
}

export const ironOptions = { cookieName: 'iron', password: 'a-password-for-the-benchmark-of-pages' }
