import { CrossDomainError } from '../errors/catalogue.js'

/**
 * Makes the errors of a write show the line that called it. It has waited by then, and if its caller has not,
 * nothing leads from the error to the missing `await`.
 */
export function located<Args extends unknown[], T>(
  call: (...args: Args) => Promise<T>,
): (...args: Args) => Promise<T> {
  return (...args) => {
    const here = new Error()
    return call(...args).catch((error: unknown) => {
      // The first two lines are this error and this function.
      if (error instanceof CrossDomainError)
        error.stack = [`${error.name}: ${error.message}`, ...(here.stack ?? '').split('\n').slice(2)].join(
          '\n',
        )
      throw error
    })
  }
}
