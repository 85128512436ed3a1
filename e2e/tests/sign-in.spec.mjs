import { expect, hydrated, test } from '../support/fixtures.mjs'

test('an analyst signs in and sees the overview', async ({ page, signIn, expectAccessible }) => {
  await signIn('security-analyst')
  await page.goto('/')
  await hydrated(page)
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible()
  await expectAccessible()
})

test('nobody gets in with a wrong password', async ({ page }) => {
  await page.goto('/sign-in')
  await page.getByLabel('Name').fill('nobody')
  await page.getByLabel('Password').fill('not a password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible()
})
