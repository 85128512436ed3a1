import { expect, hydrated, test } from '../support/fixtures.mjs'

test('a member sees its own account and nothing of the others', async ({ page, signIn, expectAccessible }) => {
  await signIn('member')
  await page.goto('/')
  await hydrated(page)
  const main = page.getByRole('main')
  await expect(main.getByText('payments').first()).toBeVisible()
  for (const other of ['web-shop', 'data-lake', 'org-management']) {
    await expect(main.getByText(other)).toHaveCount(0)
  }
  await page.goto('/search?q=account:345678901234&reads=show')
  await expect(page.getByRole('main').locator('tr[data-row]')).toHaveCount(0)
  await expectAccessible()
})

test('a page that is not for a role says so, and who can', async ({ page, signIn, expectAccessible }) => {
  await signIn('member')
  await page.goto('/operations')
  await hydrated(page)
  await expect(page.getByText(/security-analyst/).first()).toBeVisible()
  await expectAccessible()
})

test('an auditor sees the account of the grant only', async ({ page, signIn }) => {
  await signIn('auditor')
  await page.goto('/organization')
  await expect(page.getByRole('main').getByText('web-shop').first()).toBeVisible()
  await expect(page.getByRole('main').getByText('payments')).toHaveCount(0)
})

test('who signs out is out, and pages lead to the form', async ({ page, signIn }) => {
  await signIn('trail-administrator')
  await page.goto('/')
  await hydrated(page)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL(/sign-in/)
  await page.goto('/search?q=is:root')
  await page.waitForURL((url) => url.pathname === '/sign-in' && url.searchParams.get('next') === '/search?q=is:root')
})

test('there is no page, and the way back is there', async ({ page, signIn, expectAccessible }) => {
  await signIn('security-analyst')
  await page.goto('/no-such-page')
  await hydrated(page)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(page.getByRole('link', { name: 'Overview' }).first()).toBeVisible()
  await expectAccessible()
})
