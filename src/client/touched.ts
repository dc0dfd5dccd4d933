const activation = navigator.userActivation as UserActivation | undefined

/**
 * Firefox does not tell before version 120. Then a field that has the focus may have been typed into already.
 */
let isTouched = !activation && document.activeElement !== document.body

/** True as soon as somebody uses the page: types, clicks, scrolls. */
export const touched = new Promise<true>((resolve) => {
  const note = () => resolve((isTouched = true))
  for (const type of ['pointerdown', 'keydown', 'wheel', 'submit'])
    addEventListener(type, note, { capture: true, passive: true })
})

/** True if somebody has used this page. The browser knows it also of the time before its scripts ran. */
export function hasBeenTouched(): boolean {
  return isTouched || !!activation?.hasBeenActive
}
