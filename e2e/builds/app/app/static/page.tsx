import { Exposed } from './Exposed'

export default function Page() {
  return <Exposed />
}
