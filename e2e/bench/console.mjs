// How quickly the console is there: `node bench/console.mjs`, run by `cargo xtask bench`. Prints rows of a Markdown table.
//
// A demo of its own on loopback, a fresh browser context for each round (an empty cache), medians.
import { chromium } from '@playwright/test'

import { signIns, startDemo } from '../support/server.mjs'

const ROUNDS = 7
const PAGES = [
  ['Overview', '/'],
  ['Search', '/search?reads=show'],
  ['Integrity', '/integrity'],
  ['Organization', '/organization'],
]

const median = (values) => values.sort((one, other) => one - other)[Math.floor(values.length / 2)]

/** Loads a page once and says when things were there, in milliseconds, and what came over the wire, in bytes. */
async function load(browser, url, cookies) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  await context.addCookies(cookies)
  const page = await context.newPage()
  await page.goto(url)
  await page.waitForFunction(
    (names) => names.every((name) => performance.getEntriesByName(name).length),
    ['first-contentful-paint', 'hydrated'],
  )
  const figures = await page.evaluate(() => ({
    content: performance.getEntriesByName('first-contentful-paint')[0].startTime,
    hydrated: performance.getEntriesByName('hydrated')[0].startTime,
    html: performance.getEntriesByType('navigation')[0].encodedBodySize,
    files: performance.getEntriesByType('resource').reduce((sum, entry) => sum + entry.encodedBodySize, 0),
  }))
  await context.close()
  return figures
}

/** Goes from one page to the next by a link, in milliseconds until its heading is there. */
async function move(page) {
  const places = page.getByRole('navigation', { name: 'Places' })
  const started = Date.now()
  await places.getByRole('link', { name: 'Integrity' }).click()
  await page.getByRole('heading', { level: 1, name: 'Integrity' }).waitFor()
  const took = Date.now() - started
  await places.getByRole('link', { name: 'Overview' }).click()
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  return took
}

const demo = await startDemo()
const browser = await chromium.launch({ executablePath: process.env.ORGTRAIL_CHROMIUM, args: ['--no-sandbox'] })
try {
  const user = (await signIns(demo.directory)).find((candidate) => candidate.role === 'security-analyst')
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(`${demo.url}/sign-in`)
  await page.getByLabel('Name').fill(user.name)
  await page.getByLabel('Password').fill(user.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.locator('body[data-hydrated]').waitFor()
  const cookies = await context.cookies()
  for (const [name, path] of PAGES) {
    const rounds = []
    for (let round = 0; round < ROUNDS; round++) rounds.push(await load(browser, demo.url + path, cookies))
    const of = (figure) => Math.round(median(rounds.map((round) => round[figure])))
    const size = (figure) => `${(of(figure) / 1000).toFixed(0)} kB`
    console.log(
      `| console, ${name}: first content, hydrated; page, code and style over the wire | ` +
        `${of('content')} ms, ${of('hydrated')} ms; ${size('html')}, ${size('files')} |`,
    )
  }
  const moves = []
  for (let round = 0; round < ROUNDS; round++) moves.push(await move(page))
  console.log(`| console, from one page to the next by a link | ${median(moves)} ms |`)
} finally {
  await browser.close()
  await demo.stop()
}
