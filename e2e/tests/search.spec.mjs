import { expect, hydrated, test } from '../support/fixtures.mjs'

const days = (count) => new Date(Date.now() - count * 86_400_000).toISOString().slice(0, 16) + 'Z'
const search = (query, extra = '') =>
  `/search?q=${encodeURIComponent(query)}&from=${days(14)}&to=${days(-1)}&reads=show${extra}`

test('an analyst finds what the leaked key did, from a new address', async ({ page, signIn, expectAccessible }) => {
  await signIn('security-analyst')
  await page.goto(search('ip:192.0.2.144'))
  await hydrated(page)
  const events = page.getByRole('region', { name: 'Events' })
  await expect(events.getByRole('row', { name: /CreateAccessKey/ }).first()).toBeVisible()
  await expect(events.getByRole('row', { name: /web-shop/ }).first()).toBeVisible()
  await expectAccessible()
})

test('the attempt to stop the trail is there, and was refused', async ({ page, signIn }) => {
  await signIn('security-analyst')
  await page.goto(search('event:StopLogging is:failed'))
  const row = page.getByRole('region', { name: 'Events' }).getByRole('row', { name: /StopLogging/ })
  await expect(row).toHaveCount(1)
  await row.getByRole('link').first().click()
  const drawer = page.getByRole('complementary', { name: 'Event' })
  await expect(drawer.getByText(/called/)).toBeVisible()
  await expect(drawer.getByRole('group', { name: 'Proof' })).toBeVisible()
  await expect(drawer.getByLabel('Record as JSON')).toContainText('"eventName"')
})

test('a mistake in the query is pointed at, and the page still works', async ({ page, signIn, expectAccessible }) => {
  await signIn('security-analyst')
  await page.goto(search('evnt:DeleteBucket'))
  await hydrated(page)
  await expect(page.getByText(/no qualifier/).first()).toBeVisible()
  await expectAccessible()
})

test('pages follow each other without a repeated row, also without scripts', async ({ browser, baseURL, signIn, page }) => {
  await signIn('security-analyst')
  const context = await browser.newContext({
    baseURL,
    javaScriptEnabled: false,
    storageState: await page.context().storageState(),
  })
  const plain = await context.newPage()
  const seen = new Set()
  await plain.goto(search('account:777788889999'))
  for (let index = 0; index < 3; index++) {
    const rows = plain.getByRole('region', { name: 'Events' }).locator('tr[data-row]')
    await expect(rows).toHaveCount(50)
    for (const href of await rows.locator('a').evaluateAll((links) => links.map((link) => link.href))) {
      const event = new URL(href).searchParams.get('event')
      if (event) seen.add(event)
    }
    expect(seen.size).toBe(50 * (index + 1))
    await plain.getByRole('link', { name: /older/i }).click()
  }
  await context.close()
})

test('facets narrow the search down and say so in the query', async ({ page, signIn }) => {
  await signIn('security-analyst')
  await page.goto(search(''))
  await hydrated(page)
  await page.getByRole('group', { name: 'Filters' }).getByRole('link', { name: /payments/ }).first().click()
  await page.waitForURL(/777788889999/)
  await expect(page.getByRole('combobox', { name: 'Query' })).toHaveValue('account:777788889999')
})

test('keys move through the rows and open an event', async ({ page, signIn }) => {
  await signIn('security-analyst')
  await page.goto(search('event:CreateUser'))
  await hydrated(page)
  await page.locator('body').press('j')
  await page.locator('body').press('o')
  await expect(page.getByRole('complementary', { name: 'Event' })).toBeVisible()
  await page.locator('body').press('Escape')
  await expect(page.getByRole('complementary', { name: 'Event' })).toHaveCount(0)
  await page.locator('body').press('?')
  await expect(page.getByRole('dialog')).toBeVisible()
})
