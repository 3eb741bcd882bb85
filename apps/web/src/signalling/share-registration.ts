/**
 * Registers a share's own address beside the person's: a REGISTER whose To is
 * the share and whose From stays the person, on the same flow.
 */

import { URI } from 'jssip';
import Registrator from 'jssip/lib/Registrator';
import type { UA } from 'jssip/lib/UA';

export class ShareRegistration {
  readonly #registrator: Registrator;

  /** Fulfilled when the server has said yes for the first time. */
  readonly registered: Promise<void>;

  constructor(ua: UA, uri: string) {
    const address = URI.parse(uri);
    if (!address) throw new TypeError(`not a SIP address: ${uri}`);
    let isRegistered = () => {};
    this.registered = new Promise((resolve) => {
      isRegistered = resolve;
    });
    this.#registrator = new Registrator(quiet(ua, () => isRegistered()));
    this.#registrator._to_uri = address;
  }

  register(): void {
    this.#registrator.register();
  }

  unregister(): void {
    this.#registrator.unregister();
  }

  /** The flow went away; the next `register` starts anew. */
  flowLost(): void {
    this.#registrator.onTransportClosed();
  }
}

/** The user agent, but the events of this registration are not the person's. */
function quiet(ua: UA, registered: () => void): UA {
  const silent = () => {};
  return Object.create(ua, {
    registered: { value: registered },
    unregistered: { value: silent },
    registrationFailed: { value: silent },
  }) as UA;
}
