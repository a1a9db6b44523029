import { lazy, Suspense } from 'react'
import { Redirect, Route, Switch } from 'wouter'
import { Inbox } from './inbox/inbox.tsx'
import { Session, useSession } from './session/session.ts'
import { Desk } from './shell/desk.tsx'
import { Nowhere } from './shell/nowhere.tsx'
import { NotLoaded } from './ui/problem.tsx'
import { SkeletonPage } from './ui/skeleton.tsx'

const SignIn = lazy(async () => ({ default: (await import('./session/sign-in.tsx')).SignIn }))
const Invitation = lazy(async () => ({ default: (await import('./session/invitation.tsx')).Invitation }))
const Contacts = lazy(async () => ({ default: (await import('./contacts/contacts.tsx')).Contacts }))
const Settings = lazy(async () => ({ default: (await import('./settings/settings.tsx')).Settings }))

export const App = () => (
  <Suspense>
    <Switch>
      <Route path="/invitation/:token">
        <Invitation />
      </Route>
      <Route>
        <SignedInOnly />
      </Route>
    </Switch>
  </Suspense>
)

const SignedInOnly = () => {
  const { data, error, refetch } = useSession()
  if (data === null) return <SignIn />
  if (error && !data) return <NotLoaded error={error} again={refetch} />
  // index.html shows that something is coming
  if (!data) return null
  return (
    <Session value={data}>
      <Desk>
        <Suspense fallback={<SkeletonPage label="The page is being loaded." />}>
          <Switch>
            <Route path="/inbox/:view/:conversationId?">
              {({ view, conversationId }) => <Inbox view={view} conversationId={conversationId} />}
            </Route>
            <Route path="/contacts/:contactId?">{({ contactId }) => <Contacts contactId={contactId} />}</Route>
            <Route path="/settings/:section?">{({ section }) => <Settings section={section} />}</Route>
            <Route path="/">
              <Redirect to="/inbox/open" replace />
            </Route>
            <Route path="/inbox">
              <Redirect to="/inbox/open" replace />
            </Route>
            <Route path="/sign-in">
              <Redirect to="/inbox/open" replace />
            </Route>
            <Route>
              <Nowhere />
            </Route>
          </Switch>
        </Suspense>
      </Desk>
    </Session>
  )
}
