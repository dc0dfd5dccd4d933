/**
 * Static checks are lists of facts: a title that is true of the project, and a function that answers what contradicts it.
 * @typedef {{ title: string, check: () => string[] | Promise<string[]>, note?: () => string }} Fact
 *   `check` answers one line for each contradiction, none when the fact holds; `note` adds a measured value to the title.
 */
import { pathToFileURL } from 'node:url'

/**
 * Runs the facts one after another and prints each.
 * @param {readonly Fact[]} facts
 * @returns {Promise<{ passed: number, failed: number, skipped: number }>}
 */
export async function runFacts(facts) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for (const { title, check, note } of facts) {
    const complaints = await answer(check)
    if (complaints.length === 0) {
      counts.passed += 1
      console.log(`  ✓ ${title}${note === undefined ? '' : ` (${note()})`}`)
    } else {
      counts.failed += 1
      console.log(`  ✗ ${title}`)
      for (const line of complaints) console.log(`      ${line}`)
    }
  }
  return counts
}

/** Runs the facts when their module is the one that Node was started with: `node scripts/check-imports.mjs`. */
export async function runWhenMain(moduleUrl, facts) {
  if (moduleUrl !== pathToFileURL(process.argv[1] ?? '').href) return
  const { failed } = await runFacts(facts)
  process.exitCode = failed === 0 ? 0 : 1
}

/** A check that throws has not shown its fact, so it counts as contradicted. */
async function answer(check) {
  try {
    return await check()
  } catch (error) {
    return String(error?.stack ?? error)
      .split('\n')
      .slice(0, 12)
  }
}
