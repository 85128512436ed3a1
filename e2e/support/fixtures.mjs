// `test` with what every spec needs: `signIn(role)` and `expectAccessible()`.
import AxeBuilder from '@axe-core/playwright'
import { test as base, expect } from '@playwright/test'

import { signIns } from './server.mjs'

export { expect }

export const test = base.extend({
  baseURL: async ({}, use) => use(process.env.ORGTRAIL_URL),

  // The form's limit on attempts is real, so each worker signs in once for each role and keeps the cookies.
  sessions: [async ({}, use) => use(new Map()), { scope: 'worker' }],

  /** Signs the sample user with this role in, by the form that people use. */
  signIn: async ({ page, sessions }, use) => {
    await use(async (role) => {
      const users = await signIns(process.env.ORGTRAIL_DATA_DIR)
      const user = users.find((candidate) => candidate.role === role)
      if (!user) throw new Error(`the sample has no ${role}`)
      if (sessions.has(role)) {
        await page.context().addCookies(sessions.get(role))
        return user
      }
      await page.goto('/sign-in')
      await page.getByLabel('Name').fill(user.name)
      await page.getByLabel('Password').fill(user.password)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.waitForURL((url) => url.pathname !== '/sign-in')
      sessions.set(role, await page.context().cookies())
      return user
    })
  },

  /** Fails on anything that axe finds wrong with the page as it stands. */
  expectAccessible: async ({ page }, use) => {
    await use(async () => {
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual([])
    })
  },
})

/** Waits until the console's program runs in the page; before that, clicks are plain HTML. */
export async function hydrated(page) {
  await page.locator('body[data-hydrated]').waitFor()
}
