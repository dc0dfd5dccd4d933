import { Exposed } from '../app/static/Exposed'

export default function Page() {
  return <Exposed />
}
