/**
 * A script for every page. Playwright runs what a test asks as if the visitor had clicked, so the browser would say of each page that
 * somebody uses it. With this it says so after what a person does: a button or key goes down.
 */
export function tellRealGestures(): void {
  let lastMs = -Infinity
  for (const type of ['pointerdown', 'keydown'])
    addEventListener(type, ({ isTrusted }) => isTrusted && (lastMs = performance.now()), true)
  Object.defineProperty(Navigator.prototype, 'userActivation', {
    configurable: true,
    get: () => ({ hasBeenActive: lastMs >= 0, isActive: performance.now() - lastMs < 5000 }),
  })
}
