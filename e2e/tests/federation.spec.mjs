// Signing in through a real OpenID provider.
import { expect, test } from '../support/fixtures.mjs'
import { CLIENT, accessToken, startProvider } from '../support/provider.mjs'

const AUDIENCE = 'https://orgtrail.example.com/api'

/** Signs a name in from the form on, in a browser that knows nobody. */
async function signInBy(browser, name) {
  const context = await browser.newContext({ baseURL: process.env.ORGTRAIL_URL })
  const page = await context.newPage()
  await page.goto('/sign-in?next=%2Fsearch%3Fq%3Dis%3Aroot')
  await page.getByRole('link', { name: 'Sign in with Test ID' }).click()
  await page.locator('[name="login"]').fill(name)
  await page.locator('[name="password"]').fill('any will do')
  await page.getByRole('button', { name: 'Sign-in' }).click()
  return page
}

test('groups of a provider sign in, keep up with its keys, and are gone with it', async ({ page, browser, signIn, expectAccessible }) => {
  const groups = { erin: ['security'], frank: ['cooks'], [CLIENT.id]: ['security'] }
  const overview = async (token) => {
    const headers = { authorization: `Bearer ${token}` }
    return (await fetch(`${process.env.ORGTRAIL_URL}/api/v1/overview`, { headers })).status
  }
  await signIn('organization-administrator')
  await page.goto('/settings')
  await page.getByRole('link', { name: 'identity provider' }).click()
  await expect(page.getByText('people have passwords here')).toBeVisible()
  const organization = (await page.locator('textarea').getAttribute('placeholder')).match(/o-[a-z0-9]+/)[0]
  const consoleUrl = process.env.ORGTRAIL_URL
  const provider = await startProvider({ consoleUrl, organization, audience: AUDIENCE, groups })
  try {
    await page.getByLabel('Name on the button').fill('Test ID')
    await page.getByLabel('Issuer').fill(provider.issuer)
    await page.getByLabel('Client id').fill(CLIENT.id)
    await page.getByLabel('Client secret').fill(CLIENT.secret)
    await page.getByLabel('Address of this console').fill(process.env.ORGTRAIL_URL)
    await page.getByLabel('Audience of access tokens').fill(AUDIENCE)
    await page.getByLabel('Scopes').fill('profile groups')
    await page.getByLabel('Roles of groups').fill(`security-analyst ${organization} security`)
    await page.locator('form', { hasText: 'Check and let it hold' }).getByLabel('Reason').fill('a journey')
    await page.getByRole('button', { name: 'Check and let it hold' }).click()
    await expect(page.getByText('It holds from now on.')).toBeVisible()
    await expect(page.getByText(`${consoleUrl}/sign-in/callback/${organization}`)).toBeVisible()
    await expectAccessible()

    const erin = await signInBy(browser, 'erin')
    await expect(erin).toHaveURL(/\/search\?q=is%3Aroot|\/search\?q=is:root/)
    await expect(erin.getByRole('heading', { level: 1, name: 'Search' })).toBeVisible()
    const frank = await signInBy(browser, 'frank')
    await expect(frank.getByRole('alert')).toContainText('no group of yours has a role')
    expect(await overview(await accessToken(provider.issuer, AUDIENCE))).toBe(200)

    const old = await accessToken(provider.issuer, AUDIENCE)
    provider.rotate()
    const again = await signInBy(browser, 'erin')
    await expect(again.getByRole('heading', { level: 1, name: 'Search' })).toBeVisible()
    expect(await overview(await accessToken(provider.issuer, AUDIENCE))).toBe(200)
    expect(await overview(old), 'a key that was taken back signs nothing').toBe(401)

    await page.goto('/settings')
    await expect(page.getByRole('rowheader', { name: `erin through ${provider.issuer}` })).toBeVisible()
    await page.goto('/identity-provider')
    const removal = page.locator('form', { hasText: 'Take the provider away' })
    await removal.getByLabel('Type Test ID to confirm').fill('Test ID')
    await removal.getByLabel('Reason').fill('a journey')
    await page.getByRole('button', { name: 'Take the provider away' }).click()
    await expect(page.getByText('It holds from now on.')).toBeVisible()
    await erin.reload()
    await expect(erin.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible()
    await expect(erin.getByRole('link', { name: 'Sign in with' })).toHaveCount(0)
  } finally {
    await provider.stop()
  }
})
