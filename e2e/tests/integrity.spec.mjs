import { expect, hydrated, test } from '../support/fixtures.mjs'

test('the altered file and the deleted digest stand out, with the way to them', async ({ page, signIn }) => {
  await signIn('security-analyst')
  await page.goto('/integrity')
  await hydrated(page)
  const findings = page.getByRole('list', { name: 'Findings' })
  await expect(findings.getByText(/was altered/)).toBeVisible()
  await expect(findings.getByText(/without a digest/)).toBeVisible()
  await page.getByRole('link', { name: /web-shop.*tampered/i }).first().click()
  await expect(page.getByText(/hash is not the one/).first()).toBeVisible()
})

test('the account of the member is proven in every closed day', async ({ page, signIn }) => {
  await signIn('member')
  await page.goto('/integrity')
  await expect(page.getByRole('link', { name: /payments.*proven/i }).first()).toBeVisible()
  await expect(page.getByRole('link', { name: /tampered|missing/i })).toHaveCount(0)
})
