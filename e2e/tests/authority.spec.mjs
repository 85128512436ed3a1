import { expect, hydrated, test } from '../support/fixtures.mjs'

/** Opens the form behind a summary and fills it in. */
async function change(page, label, fields) {
  const form = page.locator('details', { has: page.locator('summary', { hasText: `${label} …` }) })
  await form.locator('summary').click()
  for (const [name, value] of Object.entries(fields)) {
    const field = form.locator(`[name="${name}"]`)
    if (await field.evaluate((element) => element.tagName === 'SELECT')) await field.selectOption(value)
    else await field.fill(value)
  }
  await form.getByRole('button', { name: label, exact: true }).click()
}

test('an administrator makes a unit, renames it, and deletes it by typing its id', async ({ page, signIn }) => {
  await signIn('organization-administrator')
  await page.goto('/organization')
  await hydrated(page)
  const name = `Journey ${Date.now()}`
  await change(page, 'Make a unit', { parent: 'ou-orgt-sandbox0', name, reason: 'a journey' })
  await expect(page.getByText('The organization was changed.')).toBeVisible()
  const row = page.getByRole('rowheader', { name: new RegExp(name) })
  await expect(row).toBeVisible()
  const unit = (await row.innerText()).match(/ou-orgt-[a-z0-9]+/)[0]
  await change(page, 'Rename a unit', { unit, name: `${name} again`, reason: 'a journey' })
  await expect(page.getByRole('rowheader', { name: new RegExp(`${name} again`) })).toBeVisible()
  await change(page, 'Delete a unit', { unit, reason: 'a journey', confirm: 'ou-orgt-other000' })
  await expect(page.getByText('type the id to confirm')).toBeVisible()
  await page.goto('/organization')
  await change(page, 'Delete a unit', { unit, reason: 'a journey', confirm: unit })
  await expect(page.getByText('The organization was changed.')).toBeVisible()
  await expect(page.getByRole('rowheader', { name: new RegExp(name) })).toHaveCount(0)
})

test('a policy is tried before it is attached, and what it would stop can be searched for', async ({ page, signIn }) => {
  await signIn('security-analyst')
  await page.goto('/what-if')
  await page.getByLabel('Root, unit or account').fill('r-orgt')
  const deny = { Effect: 'Deny', Action: 's3:PutObject', Resource: '*' }
  await page.getByLabel('Or attach this policy').fill(JSON.stringify({ Version: '2012-10-17', Statement: [deny] }))
  await page.getByRole('button', { name: 'Try' }).click()
  await expect(page.getByText(/calls would have been blocked/)).toBeVisible()
  const row = page.getByRole('row', { name: /s3:PutObject/ }).first()
  const digits = async (locator) => Number((await locator.innerText()).replace(/\D/g, ''))
  const count = await digits(row.getByRole('link'))
  await row.getByRole('link').click()
  // Calls that were denied anyhow are found, too.
  const total = page.getByText(/^[\d\s]+ events?$/).first()
  await expect(total).toBeVisible()
  expect(await digits(total)).toBeGreaterThanOrEqual(count)
  // Whoever may not change it is told so, and by whom it can be.
  await page.goto('/policies')
  await expect(page.getByText(/ask somebody with one of these/)).toBeVisible()
  await expect(page.locator('form[action="/organization/edit"]')).toHaveCount(0)
})

test('a member sees who looked at its events, and not what for', async ({ page, signIn }) => {
  await signIn('security-analyst')
  await page.goto('/search?q=account:777788889999+event:Decrypt')
  await page.context().clearCookies()
  await signIn('member')
  await page.goto('/access')
  const row = page.getByRole('row', { name: /analyst.*searched events.*one account/ }).first()
  await expect(row).toBeVisible()
  await expect(page.getByText('Decrypt')).toHaveCount(0)
  await page.goto('/policies')
  await expect(page.getByText(/is not for the role member/)).toBeVisible()
})
