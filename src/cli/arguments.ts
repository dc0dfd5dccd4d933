import { parseArgs, type ParseArgsConfig } from 'node:util'

/** A mistake in what was typed. Its message is shown with the usage of the command. */
export class WrongArguments extends Error {}

/** @throws {WrongArguments} If an option is not known, or lacks its value. */
export function parseArguments<const T extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: T,
) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options })
  } catch (error) {
    throw new WrongArguments(error instanceof Error ? error.message : String(error), { cause: error })
  }
}
