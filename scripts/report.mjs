/** Reads what the test runners say in their own JSON reports, so that nothing is guessed from their output. */

/**
 * @param status The runner's exit status: when it is not 0 though no test failed (a file that does not load, an error outside
 *   of tests), that counts as one failure.
 * @returns {{ passed: number, failed: number, skipped: number, names: string[] }} `names` are the titles of what was skipped.
 */
export function countVitest(report, status) {
  const tests = report.testResults.flatMap((file) => file.assertionResults)
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(isFailed),
  )
  const skipped = tests.filter((test) => test.status !== 'passed' && !isFailed(test))
  return withStatus(status, {
    passed: tests.filter((test) => test.status === 'passed').length,
    failed: tests.filter(isFailed).length + brokenFiles.length,
    skipped: skipped.length,
    names: skipped.map((test) => test.fullName),
  })
}

/** The same for Playwright, where a test that needed a second try has failed, and one that never began was skipped. */
export function countPlaywright(report, status) {
  const specs = report.suites.flatMap((suite) => specsOf(suite, []))
  const tests = specs.flatMap(({ spec, title }) => spec.tests.map((test) => ({ status: test.status, title })))
  const skipped = tests.filter((test) => test.status === 'skipped')
  const passed = tests.filter((test) => test.status === 'expected')
  return withStatus(status, {
    passed: passed.length,
    failed: tests.length - passed.length - skipped.length + report.errors.length,
    skipped: skipped.length,
    names: skipped.map((test) => test.title),
  })
}

function withStatus(status, counts) {
  return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts
}

function isFailed(test) {
  return test.status === 'failed'
}

function specsOf(suite, above) {
  const titles = [...above, suite.title]
  const own = suite.specs.map((spec) => ({ spec, title: [...titles, spec.title].join(' › ') }))
  return [...own, ...(suite.suites ?? []).flatMap((inner) => specsOf(inner, titles))]
}
