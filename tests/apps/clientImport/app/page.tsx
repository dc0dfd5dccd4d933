import { Cart } from './Cart'

export default function Page() {
  return <Cart />
}
