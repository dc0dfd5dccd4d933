import { hasBeenTouched } from './touched.js'

/** A click takes that long to become a request. */
const deedMs = 1000

/** When somebody last did what may send something, by the clock of the page. */
let deedAtMs = -Infinity
/** Requests that may change something on a server, and have no answer yet. */
let underWay = 0

/** True while a navigation could take away what somebody has just sent. */
export function isSending(): boolean {
  return underWay > 0 || performance.now() - deedAtMs < deedMs
}

export function noteDeed(): void {
  deedAtMs = performance.now()
}

/** Begins to count what scripts of this page send. */
export function watchSending(): void {
  if (hasBeenTouched()) noteDeed()
  for (const type of ['keydown', 'submit']) addEventListener(type, noteDeed, true)
  const { fetch } = window
  window.fetch = (...request) => {
    const answer = fetch(...request)
    const [input, init] = request
    const method = init?.method ?? (input instanceof Request ? input.method : 'GET')
    if (!/^(GET|HEAD)$/i.test(method)) {
      underWay++
      const end = () => void underWay--
      answer.then(end, end)
    }
    return answer
  }
}
