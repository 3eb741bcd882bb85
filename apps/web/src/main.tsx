/** Wires the page: API, signalling, routes. Decides nothing. */
import { render } from 'preact';
import { Api } from './api/client.ts';
import { App } from './app/app.ts';
import { follow } from './app/route.ts';
import { Page } from './pages/page.tsx';
import { SipSignalling } from './signalling/jssip.ts';
import './style/tokens.css';
import './style/base.css';
import './style/pages.css';
import './style/session.css';
import './style/verdict.css';
import './style/administration.css';

const api = new Api();
const app = new App(api, (me, listener) => new SipSignalling(me, api, location.origin, listener));

follow();
// A closed page leaves nobody looking at a picture that no longer moves.
addEventListener('pagehide', () => app.sessions.stop());
const root = document.getElementById('app');
if (root) render(<Page app={app} />, root);
void app.boot();
