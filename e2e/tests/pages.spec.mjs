// Every page, at desk and on a phone, light and dark: readable, accessible, and without an error in the browser.
import { expect, hydrated, test } from '../support/fixtures.mjs'

const PAGES = [
  ['/', 'Overview'],
  ['/search', 'Search'],
  ['/organization', 'Organization'],
  ['/organization/345678901234?action=cloudtrail:StopLogging', 'web-shop'],
  ['/integrity', 'Integrity'],
  ['/quarantine', 'Quarantine'],
  ['/access', 'Access to events'],
  ['/policies', 'Policies'],
  ['/rules', 'Rules'],
  ['/identity-provider', 'Identity provider', 'organization-administrator'],
  ['/what-if?target=ou-orgt-sandbox0&policy=p-9d3v7r5t&days=14', 'What if?'],
  ['/operations', 'Operations'],
  ['/settings', 'People and keys'],
  ['/why?action=orgtrail:ManagePeople', 'Why?'],
]
const SIZES = { desk: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } }

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of ['light', 'dark']) {
    test.describe(`${size}, ${colorScheme}`, () => {
      test.use({ viewport, colorScheme })
      for (const [path, title, role = 'security-analyst'] of PAGES) {
        test(`${title} reads well`, async ({ page, signIn, expectAccessible }) => {
          const errors = []
          page.on('pageerror', (error) => errors.push(error.message))
          page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
          await signIn(role)
          await page.goto(path)
          await hydrated(page)
          await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible()
          const isWider = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1)
          expect(isWider, 'the page scrolls sideways').toBe(false)
          await expectAccessible()
          expect(errors).toEqual([])
        })
      }
    })
  }
}
