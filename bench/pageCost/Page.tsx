/** The same page for all: who is signed in, and how much is in the cart. */
export function Page({
  userId,
  cart,
}: {
  readonly userId: string | null
  readonly cart: Record<string, number>
}) {
  const count = Object.values(cart).reduce((sum, quantity) => sum + quantity, 0)
  return (
    <main>
      <h1>Shop</h1>
      <p>{userId ?? 'guest'}</p>
      <p>{count} in the cart</p>
    </main>
  )
}
