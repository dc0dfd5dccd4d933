import { metrics, SpanStatusCode, trace } from '@opentelemetry/api'
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { traced } from '../../src/next/telemetry.js'
import { memoryStore } from '../../src/stores/memory.js'
import { newHash } from '../../src/testing/given.js'
import { Deployment, FakeBrowser, primary, secondary } from '../support/fakeBrowser.js'

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
  await browser.sync(secondary)
  const finished = spans.getFinishedSpans()
  expect(finished.map(({ name }) => name)).toEqual(['crossdomain exchange.start', 'crossdomain store.redeem', 'crossdomain exchange.check', 'crossdomain store.redeem', 'crossdomain store.settle', 'crossdomain exchange.replace'])
  const text = JSON.stringify(finished.map(({ name, attributes, events, status }) => ({ name, attributes, events, status })))
  for (const jar of browser.jars.values()) for (const { value } of jar.values()) expect(text).not.toContain(value)
  expect(text).not.toContain('the data')
})

test('results of the exchange are counted, by action, result and code', async () => {
  const browser = new FakeBrowser(new Deployment(memoryStore()))
  await browser.send(`${primary}/crossdomain/check?claim=junk`, { headers: { origin: secondary, 'sec-fetch-mode': 'cors' } })
  await reader.forceFlush()
  const counted = measured.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics).flatMap(({ metrics: all }) => all)
  const attributes = counted.flatMap(({ dataPoints }) => dataPoints.map((point: { attributes: object }) => point.attributes))
  expect(attributes).toContainEqual({ action: 'check', result: 'error', code: 'CDS405' })
})

test('an operation that fails is marked, and fails as before', async () => {
  const store = traced({ ...memoryStore(), read: () => Promise.reject(new Error('connection refused')) })
  await expect(store.read([newHash()], null)).rejects.toThrow('connection refused')
  expect(spans.getFinishedSpans()).toMatchObject([{ name: 'crossdomain store.read', status: { code: SpanStatusCode.ERROR } }])
})
