// Moving through the console with the browser's help: pages change without loading anew, and the URL says what is shown.
import { expect, hydrated, test } from '../support/fixtures.mjs'

const days = (count) => new Date(Date.now() - count * 86_400_000).toISOString().slice(0, 16) + 'Z'
const search = (query, extra = '') =>
  `/search?q=${encodeURIComponent(query)}&from=${days(14)}&to=${days(-1)}&reads=show${extra}`
const drawerOf = (page) => page.getByRole('complementary', { name: 'Event' })
const rowsOf = (page) => page.getByRole('region', { name: 'Events' }).locator('tr[data-row]')
/** Leaves a mark that a page loaded anew would not have. */
const mark = (page) => page.evaluate(() => (window.isMarked = true))
const isMarked = (page) => page.evaluate(() => window.isMarked === true)

test.beforeEach(async ({ signIn }) => {
  await signIn('security-analyst')
})

test('pages follow links without loading anew, and the way back leads back', async ({ page }) => {
  await page.goto('/')
  await hydrated(page)
  await mark(page)
  await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Integrity' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Integrity' })).toBeVisible()
  await expect(page).toHaveTitle('Integrity · orgtrail')
  await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Search' }).click()
  await expect(page.getByRole('combobox', { name: 'Query' })).toBeVisible()
  await page.goBack()
  await expect(page.getByRole('heading', { level: 1, name: 'Integrity' })).toBeVisible()
  await page.goBack()
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible()
  await page.goForward()
  await expect(page.getByRole('heading', { level: 1, name: 'Integrity' })).toBeVisible()
  expect(await isMarked(page)).toBe(true)
})

test('an event opens beside the results, which stay, and closes again', async ({ page }) => {
  await page.goto(search('event:CreateUser'))
  await hydrated(page)
  await mark(page)
  const first = rowsOf(page).first()
  await first.evaluate((row) => (row.isSame = true))
  await first.locator('td').nth(2).click()
  await expect(drawerOf(page)).toBeVisible()
  await expect(page).toHaveURL(/event=/)
  expect(await first.evaluate((row) => row.isSame === true)).toBe(true)
  await expect(first).toHaveClass(/is-open/)
  await page.goBack()
  await expect(drawerOf(page)).toHaveCount(0)
  await page.goForward()
  await expect(drawerOf(page)).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(drawerOf(page)).toHaveCount(0)
  expect(await isMarked(page)).toBe(true)
})

test('older events are added below, each once', async ({ page }) => {
  await page.goto(search('account:777788889999'))
  await hydrated(page)
  await expect(rowsOf(page)).toHaveCount(50)
  await page.getByRole('link', { name: 'Older events' }).click()
  await expect(rowsOf(page)).toHaveCount(100)
  await page.getByRole('link', { name: 'Older events' }).click()
  await expect(rowsOf(page)).toHaveCount(150)
  const events = await rowsOf(page).evaluateAll((rows) => rows.map((row) => row.dataset.event))
  expect(new Set(events).size).toBe(150)
  const numbers = await rowsOf(page).evaluateAll((rows) => rows.map((row) => Number(row.dataset.row)))
  expect(numbers).toEqual([...numbers.keys()])
  await rowsOf(page).last().locator('.column-event a').click()
  await expect(drawerOf(page)).toBeVisible()
  await expect(rowsOf(page)).toHaveCount(150)
})

test('what is written is completed, and sent without loading anew', async ({ page, expectAccessible }) => {
  await page.goto(search(''))
  await hydrated(page)
  await mark(page)
  const query = page.getByRole('combobox', { name: 'Query' })
  await page.keyboard.press('/')
  await expect(query).toBeFocused()
  await page.keyboard.type('event:CreateUs')
  await expect(page.getByRole('option', { name: /event:CreateUser/ })).toBeVisible()
  await expectAccessible()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(query).toHaveValue(/event:CreateUser/)
  await page.keyboard.press('Enter')
  await page.waitForURL(/q=event:CreateUser/)
  await expect(rowsOf(page).first()).toContainText('CreateUser')
  await expect(query).toBeFocused()
  expect(await isMarked(page)).toBe(true)
})

test('a mistake is shown while it is written, and is gone with it', async ({ page }) => {
  await page.goto(search(''))
  await hydrated(page)
  const query = page.getByRole('combobox', { name: 'Query' })
  await query.fill('evnt:x is:root')
  await expect(page.getByRole('alert')).toContainText('no qualifier')
  await query.fill('event:x is:root')
  await expect(page.getByRole('alert')).toHaveCount(0)
})

test('dragging over the chart chooses a range', async ({ page }) => {
  await page.goto(search(''))
  await hydrated(page)
  const box = await page.locator('.plot').boundingBox()
  await page.mouse.move(box.x + box.width * 0.25, box.y + box.height / 2)
  await expect(page.locator('.chart-readout')).toContainText(/writes/)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height / 2, { steps: 4 })
  await page.mouse.up()
  await expect.poll(() => new URL(page.url()).searchParams.get('from')).not.toContain(days(14).slice(0, 13))
  const { searchParams } = new URL(page.url())
  const length = Date.parse(searchParams.get('to')) - Date.parse(searchParams.get('from'))
  expect(length / 86_400_000).toBeGreaterThan(3)
  expect(length / 86_400_000).toBeLessThan(5)
})

test.describe('far from Greenwich', () => {
  test.use({ timezoneId: 'Asia/Kolkata' })
  test('times are local when the reader asks for it', async ({ page }) => {
    await page.goto(search('event:CreateUser'))
    await hydrated(page)
    const time = rowsOf(page).first().locator('time')
    const utc = new Date(await time.getAttribute('datetime'))
    await expect(time.locator('.clock')).toHaveText(utc.toISOString().slice(11, 19))
    await page.keyboard.press('t')
    const local = new Date(utc.getTime() + 5.5 * 3_600_000).toISOString()
    await expect(time.locator('.clock')).toHaveText(local.slice(11, 19))
    await expect(time.locator('.date')).toHaveText(local.slice(0, 10))
    await expect(page.getByRole('columnheader', { name: /Time/ })).toContainText('local')
    await page.keyboard.press('t')
    await expect(time.locator('.clock')).toHaveText(utc.toISOString().slice(11, 19))
  })
})

test('the theme is kept by the browser, and by the server from the next page on', async ({ page }) => {
  await page.goto('/')
  await hydrated(page)
  await page.getByRole('button', { name: /Theme/ }).click()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light')
  await page.getByRole('button', { name: /Theme/ }).click()
  await page.reload()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
})

test('a value of the event under the cursor leads on', async ({ page, expectAccessible }) => {
  await page.goto(search('event:CreateUser'))
  await hydrated(page)
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  const menu = page.getByRole('dialog', { name: 'Search by a value of this event' })
  await expect(menu).toBeVisible()
  await expectAccessible()
  await menu.getByRole('link', { name: /only this/ }).first().click()
  await expect(menu).toHaveCount(0)
  // The name was asked for already, so that this takes it back.
  await page.waitForURL((url) => !url.searchParams.has('q'))
  await expect(rowsOf(page)).toHaveCount(50)
  await page.goBack()
  await expect(rowsOf(page).first()).toContainText('CreateUser')
  await page.keyboard.press('j')
  await page.keyboard.press('p')
  await expect(page.getByRole('combobox', { name: 'Query' })).toHaveValue(/principal:/)
})

test('another scope keeps the question', async ({ page }) => {
  await page.goto(search('event:CreateUser'))
  await hydrated(page)
  await page.getByRole('combobox', { name: 'Scope' }).selectOption('345678901234')
  await page.waitForURL(/scope=345678901234/)
  await expect(page.getByRole('combobox', { name: 'Query' })).toHaveValue('event:CreateUser')
  expect(new URL(page.url()).searchParams.get('reads')).toBe('show')
})

test('a server that does not answer is said, and the page stays', async ({ page }) => {
  await page.goto('/')
  await hydrated(page)
  await page.route('**/quarantine*', (route) => route.abort())
  await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Quarantine' }).click()
  await expect(page.getByRole('status').filter({ hasText: 'did not answer' })).toBeVisible()
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible()
})

test('a session that ended leads to the form, and back to the question', async ({ page, context }) => {
  await page.goto('/')
  await hydrated(page)
  await context.clearCookies()
  await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Search' }).click()
  await page.waitForURL((url) => url.pathname === '/sign-in' && url.searchParams.get('next') === '/search')
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible()
})

/** Holds the answers to requests for a path back until told. */
async function hold(page, pattern) {
  let letGo
  const gate = new Promise((resolve) => (letGo = resolve))
  await page.route(pattern, async (route) => {
    await gate
    await route.continue().catch(() => {}) // given up meanwhile
  })
  return letGo
}

test('back and forward again before the answer leaves the page that is shown', async ({ page }) => {
  await page.goto('/organization')
  await hydrated(page)
  await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Integrity' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Integrity' })).toBeVisible()
  const letGo = await hold(page, '**/organization')
  const asked = page.waitForRequest('**/organization')
  await page.evaluate(() => history.back())
  await asked
  await page.evaluate(() => history.forward())
  await page.waitForURL('**/integrity')
  letGo()
  await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Quarantine' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Quarantine' })).toBeVisible()
  await page.goBack()
  await expect(page.getByRole('heading', { level: 1, name: 'Integrity' })).toBeVisible()
  await expect(page).toHaveURL(/integrity/)
})

test('a row that is opened while going back belongs to the rows that are shown', async ({ page }) => {
  await page.goto(search('event:DeleteBucket'))
  await hydrated(page)
  const query = page.getByRole('combobox', { name: 'Query' })
  await query.fill('event:CreateUser')
  await query.press('Enter')
  await page.waitForURL(/CreateUser/)
  await expect(rowsOf(page).first()).toContainText('CreateUser')
  // The address is as it was typed in, so its colon may be an escape.
  const letGo = await hold(page, /search\?q=event(:|%3A)DeleteBucket/)
  const asked = page.waitForRequest(/DeleteBucket/)
  await page.evaluate(() => history.back())
  await asked
  await rowsOf(page).first().locator('.column-event a').click()
  await expect(drawerOf(page)).toBeVisible()
  letGo()
  const { searchParams } = new URL(page.url())
  expect(searchParams.get('q')).toBe('event:CreateUser')
  await expect(query).toHaveValue('event:CreateUser')
})

test('an event that is opened after the session ended leads to the form', async ({ page, context }) => {
  await page.goto(search('event:CreateUser'))
  await hydrated(page)
  await context.clearCookies()
  await rowsOf(page).first().locator('.column-event a').click()
  await page.waitForURL((url) => url.pathname === '/sign-in')
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible()
})
