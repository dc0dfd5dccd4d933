'use client'

import type { ListedSession } from 'next-crossdomain-session'
import { endDevice, endOtherDevices } from '../actions'
import { brandOf, brands } from '../brands'
import { ActionButton } from './ActionButton'
import { useVisitor } from './MeProvider'

/** What of a session the page shows; `destroy` stays on the server. */
export type Device = Omit<ListedSession, 'destroy'> & { readonly isCurrent: boolean }

export function Devices({ devices }: { readonly devices: readonly Device[] }) {
  const { me, texts: t } = useVisitor()
  const time = new Intl.DateTimeFormat(me?.locale, {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: 'UTC',
  })
  return (
    <>
      <ul className="devices">
        {devices.map(({ fingerprint, kind, userAgent, domains, lastSeenAt, isCurrent }) => (
          <li key={fingerprint} data-testid={isCurrent ? 'current-device' : 'device'}>
            <strong>{kind === 'api' ? t.token : nameOf(userAgent)}</strong>
            {isCurrent && <span className="tag">{t.thisDevice}</span>}
            <small>
              {kind === 'api'
                ? null
                : `${domains.map(({ origin }) => brands[brandOf(origin)].name).join(', ')} · `}
              {time.format(lastSeenAt)} UTC · <code>{fingerprint}</code>
            </small>
            {!isCurrent && (
              <ActionButton action={() => endDevice(fingerprint)} testId="end-device">
                {t.endDevice}
              </ActionButton>
            )}
          </li>
        ))}
      </ul>
      {devices.length > 1 && (
        <ActionButton action={endOtherDevices} testId="end-others">
          {t.endOthers}
        </ActionButton>
      )}
    </>
  )
}

/** Good enough for a person to know the own devices by. */
function nameOf(userAgent: string | null): string {
  const text = userAgent ?? ''
  const browser =
    [
      ['Edg', 'Edge'],
      ['Firefox', 'Firefox'],
      ['Chrome', 'Chrome'],
      ['Safari', 'Safari'],
    ].find(([token]) => text.includes(token ?? ''))?.[1] ?? 'Browser'
  const system = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS', 'Linux'].find((name) =>
    text.includes(name),
  )
  return system === undefined ? browser : `${browser}, ${system}`
}
