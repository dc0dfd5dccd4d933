import { metrics, SpanStatusCode, trace } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { DrizzleQueryError } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { CrossDomainError } from '../../src/core/errors/catalogue.js'
import { traced } from '../../src/next/telemetry.js'
import { memoryStore } from '../../src/stores/memory.js'
import { createId } from '../../src/core/values/ids.js'
import { Deployment, FakeBrowser, primary, secondary } from '../support/fakeBrowser.js'
import { secretsOf } from '../support/secretsOf.js'

const spans = new InMemorySpanExporter()
const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter: measured, exportIntervalMillis: 60_000 })

beforeAll(() => {
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }))
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
})
beforeEach(() => spans.reset())

test('the exchange and the store are in the trace, and no secret is', async () => {
  const browser = new FakeBrowser(new Deployment(traced(memoryStore())))
  for (const origin of [primary, secondary]) {
    await browser.visit(origin)
    await (await browser.session(origin)).set('a', 'the data of the visitor')
  }
  spans.reset()
  const before = await secretsOf(browser)
  const { hops } = await browser.sync(secondary)
  const secrets = [...before, ...(await secretsOf(browser, hops))]
  const finished = spans.getFinishedSpans()
  expect(finished.map(({ name }) => name)).toEqual([
    'crossdomain exchange.start',
    'crossdomain store.swap',
    'crossdomain exchange.check',
    'crossdomain store.swap',
    'crossdomain store.swap',
    'crossdomain exchange.replace',
  ])
  const text = JSON.stringify(
    finished.map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
  )
  expect(secrets.length).toBeGreaterThan(20)
  for (const secret of secrets) expect(text).not.toContain(secret)
  expect(text).not.toContain('the data')
})

test('results of the exchange are counted, by action, result and code', async () => {
  const browser = new FakeBrowser(new Deployment(memoryStore()))
  await browser.send(`${primary}/crossdomain/check?claim=junk`, {
    headers: { origin: secondary, 'sec-fetch-mode': 'cors' },
  })
  await browser.send(`${primary}/crossdomain/check`, { method: 'POST' })
  await reader.forceFlush()
  const counted = measured
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap(({ metrics: all }) => all)
  const attributes = counted.flatMap(({ dataPoints }) =>
    dataPoints.map((point: { attributes: object }) => point.attributes),
  )
  for (const code of ['CDS405', 'CDS402'])
    expect(attributes).toContainEqual({ action: 'check', result: 'error', code })
})

describe('an operation that fails', () => {
  const failing = (error: unknown) =>
    traced({ ...memoryStore(), read: () => Promise.reject(error), swap: () => Promise.reject(error) })
  const exception = () => spans.getFinishedSpans()[0]?.events[0]?.attributes

  test('is marked, and fails as before', async () => {
    await expect(failing(new Error('connection refused')).read([createId()])).rejects.toThrow(
      'connection refused',
    )
    expect(spans.getFinishedSpans()).toMatchObject([
      { name: 'crossdomain store.read', status: { code: SpanStatusCode.ERROR } },
    ])
    expect(exception()).toEqual({ 'exception.type': 'Error' })
  })
  test('is told by the name and the code of its error, never by a text that lists what was to be written', async () => {
    // As drizzle-orm does it with the error of a driver.
    const refused = Object.assign(new Error('duplicate key (user_id)=(ada)'), { code: '23505' })
    const error = new DrizzleQueryError(
      'insert into crossdomain_sessions',
      ['what the visitor wrote', '203.0.113.9', 'ada'],
      refused,
    )
    expect(error.message).toContain('what the visitor wrote')
    const value = { data: { a: 'what the visitor wrote' }, ip: '203.0.113.9' }
    const change = { id: createId(), version: 0, userId: 'ada', value, livesMs: 1000 }
    await expect(failing(error).swap([change])).rejects.toBe(error)
    expect(exception()).toEqual({ 'exception.type': 'Error', 'exception.message': '23505' })
    const text = JSON.stringify(
      spans
        .getFinishedSpans()
        .map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
    )
    for (const told of ['what the visitor wrote', '203.0.113.9', 'ada', 'insert'])
      expect(text).not.toContain(told)
  })
  test.each<[unknown, object]>([
    [new CrossDomainError('CDS304'), { 'exception.type': 'CrossDomainError', 'exception.message': 'CDS304' }],
    [new TypeError('x'), { 'exception.type': 'TypeError' }],
    [Object.assign(new Error('x'), { code: 'a text, which is no code' }), { 'exception.type': 'Error' }],
    [Object.assign(new Error('x'), { code: 7 }), { 'exception.type': 'Error' }],
    ['a text', { 'exception.type': 'Error' }],
    [undefined, { 'exception.type': 'Error' }],
  ])('%s is told as %o', async (error, told) => {
    await failing(error)
      .read([createId()])
      .catch(() => {})
    expect(exception()).toEqual(told)
  })
})
