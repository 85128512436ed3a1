// A real OpenID provider on loopback: everybody who says a known name is let in, and its keys can be changed.
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'

import { Provider } from 'oidc-provider'

export const CLIENT = { id: 'orgtrail', secret: 'a secret for the browser tests only' }

/** Starts one for a console and the audience of its API; `groups` has the groups of each name. */
export async function startProvider({ consoleUrl, organization, audience, groups }) {
  let answer = (request, response) => response.end()
  const server = createServer((request, response) => answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${server.address().port}`
  let generation = 0
  const rotate = () => {
    generation += 1
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const key = { ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig', kid: `key-${generation}` }
    answer = provider({ issuer, consoleUrl, organization, audience, groups, key }).callback()
  }
  rotate()
  return { issuer, rotate, stop: () => new Promise((resolve) => server.close(resolve)) }
}

function provider({ issuer, consoleUrl, organization, audience, groups, key }) {
  const made = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [`${consoleUrl}/sign-in/callback/${organization}`],
        response_types: ['code'],
        grant_types: ['authorization_code', 'client_credentials'],
      },
    ],
    jwks: { keys: [key] },
    cookies: { keys: ['for the browser tests only'] },
    // Groups are told at the user-info endpoint only, as is the provider's custom.
    claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
    scopes: ['openid', 'profile', 'groups'],
    findAccount: (_, name) =>
      groups[name] && {
        accountId: name,
        claims: () => ({ sub: name, preferred_username: name, groups: groups[name] }),
      },
    // No page that asks for consent.
    loadExistingGrant: async ({ oidc }) => {
      const grant = new made.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId })
      grant.addOIDCScope('openid profile groups')
      await grant.save()
      return grant
    },
    // Access tokens of the machine itself, as signed JWTs.
    extraTokenClaims: (_, token) => ({ groups: groups[token.clientId] ?? [] }),
    features: {
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({ audience, scope: 'read', accessTokenFormat: 'jwt' }),
      },
    },
  })
  return made
}

/** An access token that the client gets for itself. */
export async function accessToken(issuer, audience) {
  const basic = [CLIENT.id, CLIENT.secret].map(encodeURIComponent).join(':')
  const answer = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(basic).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: audience, scope: 'read' }),
  })
  const { access_token: token, ...rest } = await answer.json()
  if (!token) throw new Error(`no token: ${JSON.stringify(rest)}`)
  return token
}
