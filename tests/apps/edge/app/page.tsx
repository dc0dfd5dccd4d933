export default function Page() {
  return <p>The routes are /neon and /kv.</p>
}
