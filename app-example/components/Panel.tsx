'use client'

import { CrossDomainLink, useAgreement } from 'next-crossdomain-session/client'
import { useState } from 'react'
import { brandIds, brandOf, brands, type BrandId } from '../brands'
import { useVisitor } from './MeProvider'

/** What is happening to the session, for whoever wants to see it. */
export function Panel({ brand }: { readonly brand: BrandId }) {
  const { me } = useVisitor()
  const agreement = useAgreement()
  const [isOpen, setIsOpen] = useState(false)
  const agreed =
    agreement === null
      ? 'not yet'
      : `${agreement.result} by ${agreement.via}, ${new Date(agreement.at).toLocaleString('en-GB')}`
  return (
    <aside lang="en" aria-labelledby="panel-title">
      <div className="bar">
        <h2 id="panel-title">What is happening</h2>
        <button
          className="fold"
          type="button"
          aria-expanded={isOpen}
          aria-controls="panel"
          onClick={() => setIsOpen(!isOpen)}
        >
          {isOpen ? 'Hide' : 'Show'}
        </button>
      </div>
      <div id="panel" data-open={isOpen}>
        <dl>
          <dt>Domain</dt>
          <dd>{me === null ? '…' : me.domain}</dd>
          <dt>Role</dt>
          <dd>{brand === 'primary' ? 'primary: it decides' : 'secondary: it asks the primary'}</dd>
          <dt>Session</dt>
          <dd>
            {me === null
              ? '…'
              : !me.isAvailable
                ? 'the store does not answer'
                : me.isNew
                  ? 'new, nothing saved yet'
                  : 'known'}
          </dd>
          <dt>Fingerprint</dt>
          <dd>
            <code data-testid="fingerprint">{agreement?.fingerprint ?? me?.fingerprint ?? '–'}</code>
          </dd>
          <dt>Agreed</dt>
          <dd data-testid="agreed">{brand === 'primary' ? 'this is the primary' : agreed}</dd>
        </dl>
      </div>
      <h3>The same visitor on</h3>
      <ul>
        {brandIds
          .filter((id) => id !== brand)
          .map((id) => (
            <li key={id}>
              <CrossDomainLink
                href={me?.domains.find((origin) => brandOf(origin) === id) ?? '#'}
                data-testid={`to-${id}`}
              >
                {brands[id].name}
              </CrossDomainLink>
            </li>
          ))}
      </ul>
    </aside>
  )
}
