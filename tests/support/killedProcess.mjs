// A process that swaps two rows on a cluster, and is killed when so many commands are answered.
import { Cluster } from 'ioredis'
import { createCluster } from 'redis'
import { kvStore } from 'next-crossdomain-session/kv'

const [driver, url, a, b, commands] = process.argv.slice(2)
const client =
  driver === 'redis'
    ? await createCluster({ rootNodes: [{ url }] }).connect()
    : new Cluster([{ host: '127.0.0.1', port: Number(new URL(url).port) }])
const name = driver === 'redis' ? 'evalSha' : 'evalsha'
const original = client[name].bind(client)
let answered = 0
const dieInTime = () => answered >= Number(commands) && process.kill(process.pid, 'SIGKILL')
client[name] = async (...args) => {
  dieInTime()
  const answer = await original(...args)
  answered += 1
  dieInTime()
  return answer
}
await kvStore(client, { timeoutMs: 20_000 }).swap(
  [a, b].map((id) => ({ id, version: 1, userId: `user-${id}`, value: { moved: true }, livesMs: 3_600_000 })),
)
// What nobody waits for is under way. A process that is still there was not killed.
setTimeout(() => process.exit(1), 2000)
