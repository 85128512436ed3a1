// Starts `orgtrail demo` on a directory of its own and ends it.
//
//   ORGTRAIL_BIN       the program to start; default target/debug/orgtrail
//   ORGTRAIL_DATA_DIR  the data directory of a demo that runs already: then nothing is started
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const READY_LIMIT_MS = 300_000
const STOP_LIMIT_MS = 20_000
const BETWEEN_LOOKS_MS = 100

/** Returns `{ directory, url, stop }` of a demo that answers 200 at `/readyz`. */
export async function startDemo() {
  const running = process.env.ORGTRAIL_DATA_DIR
  if (running) return { directory: running, url: await readyUrl(running, () => null), stop() {} }
  const parent = await mkdtemp(join(tmpdir(), 'orgtrail-e2e-'))
  // As root, Postgres runs as an unprivileged user, who must be able to pass through.
  await chmod(parent, 0o711)
  const directory = join(parent, 'data')
  const log = await open(join(parent, 'demo.log'), 'w')
  const program = resolve(ROOT, process.env.ORGTRAIL_BIN ?? 'target/debug/orgtrail')
  // The identity provider of the specs is on loopback, too.
  const args = ['demo', '--data-dir', directory, '--listen', '127.0.0.1:0', '--allow-endpoint', '127.0.0.1']
  const server = spawn(program, args, {
    cwd: ROOT,
    stdio: ['ignore', log.fd, log.fd],
  })
  let trouble = null
  server.on('error', (error) => (trouble = `could not start ${program}: ${error.message}`))
  server.on('exit', (code, signal) => (trouble ??= `the demo ended with ${code ?? signal}`))
  const stop = async () => {
    if (!trouble) await end(server)
    await log.close()
    await rm(parent, { recursive: true, force: true })
  }
  try {
    return { directory, url: await readyUrl(directory, () => trouble), stop }
  } catch (error) {
    const said = await readFile(join(parent, 'demo.log'), 'utf8')
    await stop()
    throw new Error(`${error.message}\n${said.split('\n').slice(-40).join('\n')}`)
  }
}

/** Reads the demo's sample users: `{ name, password, role, account }` each. */
export async function signIns(directory) {
  return JSON.parse(await readFile(join(directory, 'demo/sign-ins.json'), 'utf8'))
}

/** Waits until the server has said where it listens and can do its job. */
async function readyUrl(directory, trouble) {
  const limit = Date.now() + READY_LIMIT_MS
  while (Date.now() < limit) {
    if (trouble()) throw new Error(trouble())
    const url = await address(directory)
    if (url && (await isReady(url))) return url
    await delay(BETWEEN_LOOKS_MS)
  }
  throw new Error(`the demo was not ready within ${READY_LIMIT_MS / 1000} s`)
}

async function address(directory) {
  try {
    return (await readFile(join(directory, 'run/address'), 'utf8')).trim().replace(/\/$/, '')
  } catch (error) {
    if (error.code === 'ENOENT') return null
    throw error
  }
}

async function isReady(url) {
  try {
    return (await fetch(`${url}/readyz`)).status === 200
  } catch {
    return false // nobody listens yet
  }
}

async function end(server) {
  const ended = once(server, 'exit')
  server.kill('SIGTERM')
  const late = delay(STOP_LIMIT_MS, 'late', { ref: false })
  if ((await Promise.race([ended, late])) === 'late') {
    server.kill('SIGKILL')
    await ended
  }
}
