/**
 * The question that an invitation asks. Who asks is what the server vouches
 * for. The dialog takes the focus, never a button: no Enter says yes by chance.
 */
import { useEffect, useRef } from 'preact/hooks';
import { Problem } from '../parts/problem.tsx';
import type { Sessions } from '../session/sessions.ts';
import type { PendingInvitation } from '../session/state.ts';

export function InvitationDialog({ sessions }: { sessions: Sessions }) {
  const pending = sessions.invitation.value;
  return pending && <Question key={pending.from.uri} sessions={sessions} pending={pending} />;
}

function Question({ sessions, pending }: { sessions: Sessions; pending: PendingInvitation }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    title.current?.focus();
    return () => element?.close();
  }, []);
  const { from, role, byLink, working } = pending;
  const consent = role === 'viewer';
  return (
    <dialog
      ref={dialog}
      class="question"
      aria-labelledby="question-title"
      data-testid="invitation"
      onCancel={(event) => event.preventDefault()}
    >
      <h2 id="question-title" tabIndex={-1} ref={title} data-testid="invitation-who">
        {from.displayName} {consent ? 'wants to see your screen' : 'wants to show you a screen'}
      </h2>
      <p class="mono wrap" data-testid="invitation-uri">
        {from.uri.replace(/^sips?:/, '')}
      </p>
      <p data-testid="invitation-kind">{whoWords(pending)}</p>
      {byLink && <p>Came by your share link.</p>}
      <p>
        {consent
          ? 'Nothing is captured or sent before you allow it. You choose what to show next.'
          : 'You see the picture only; nothing of this computer is shown.'}
      </p>
      {pending.problem && <Problem {...pending.problem} />}
      <div class="row">
        <button
          type="button"
          class="primary"
          disabled={working}
          data-testid={consent ? 'consent-allow' : 'accept'}
          onClick={() => void sessions.allow()}
        >
          {consent ? 'Allow and choose a screen' : 'Accept'}
        </button>
        <button
          type="button"
          data-testid={consent ? 'consent-refuse' : 'refuse'}
          onClick={() => sessions.refuse()}
        >
          Refuse
        </button>
      </div>
    </dialog>
  );
}

function whoWords({ from }: PendingInvitation): string {
  return from.guest
    ? 'A guest: the name is what this person typed. The server has not checked it.'
    : 'Signed in with an account of this server.';
}
