/** Microseconds of CPU that this process has used. */
export function GET(): Response {
  const { user, system } = process.cpuUsage()
  return Response.json(user + system)
}
