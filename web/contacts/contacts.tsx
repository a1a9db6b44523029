import { useState } from 'react'
import type { ContactStatus } from '../../server/contacts/schema.ts'
import { Panes } from '../shell/panes.tsx'
import { Button } from '../ui/button.tsx'
import { Empty } from '../ui/empty.tsx'
import { Contact } from './contact.tsx'
import { ContactList } from './list.tsx'
import { NewContact } from './new-contact.tsx'

const filters: [status: ContactStatus, text: string][] = [
  ['ACTIVE', 'Active'],
  ['ARCHIVED', 'Archived'],
]

export const Contacts = ({ contactId }: { contactId: string | undefined }) => {
  const [status, setStatus] = useState<ContactStatus>('ACTIVE')
  const [isAdding, setAdding] = useState(false)
  const list = (
    <>
      <header className="flex h-13 shrink-0 items-center gap-2 border-b border-line px-4">
        <h1 className="me-auto text-lg font-semibold">Contacts</h1>
        <div role="group" aria-label="Which ones" className="flex gap-1">
          {filters.map(([each, text]) => (
            <button
              key={each}
              type="button"
              aria-pressed={each === status}
              onClick={() => setStatus(each)}
              className={`h-7 rounded-md px-2 text-sm ${each === status ? 'bg-chosen font-medium' : 'text-muted hover:text-ink'}`}
            >
              {text}
            </button>
          ))}
        </div>
        <Button onClick={() => setAdding(true)}>New</Button>
      </header>
      <ContactList key={status} status={status} openId={contactId} />
    </>
  )
  return (
    <>
      <Panes title="Contacts" label="Contacts" list={list} isOpen={contactId !== undefined}>
        {contactId ? (
          <Contact key={contactId} id={contactId} />
        ) : (
          <div className="flex-1">
            <Empty title="No contact is chosen">
              <kbd>j</kbd> and <kbd>k</kbd> go through the list, <kbd>/</kbd> searches.
            </Empty>
          </div>
        )}
      </Panes>
      <NewContact isOpen={isAdding} close={() => setAdding(false)} />
    </>
  )
}
