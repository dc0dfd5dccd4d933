// What `next build` made of the shop that the other tests use.
import { readFileSync } from 'node:fs'
import { expect, test } from '@playwright/test'

interface Manifest {
  readonly routes: Readonly<Record<string, { readonly initialRevalidateSeconds: number | false }>>
}

const { routes } = JSON.parse(readFileSync(new URL('../app-example/.next-e2e/prerender-manifest.json', import.meta.url), 'utf8')) as Manifest

for (const page of ['/primary', '/secondary', '/another']) {
  test(`the start page ${page} is prerendered, for good`, () => {
    expect(routes[page]).toMatchObject({ initialRevalidateSeconds: false })
  })
}

test('no page that shows the session is prerendered', () => {
  expect(Object.keys(routes).filter((page) => !/^\/_|\./.test(page)).sort()).toEqual(['/another', '/primary', '/secondary'])
})
