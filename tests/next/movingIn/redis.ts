/** Stands for the application's Redis client: what `connect-redis` has written there. */
export const written = new Map<string, string>()

export const redis = { get: async (key: string): Promise<string | null> => written.get(key) ?? null }
