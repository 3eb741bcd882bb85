/** Parts of JsSIP that its own types leave out. The version is pinned for them. */
declare module 'jssip/lib/Registrator' {
  import type { UA } from 'jssip/lib/UA';
  import type { URI } from 'jssip/lib/URI';

  export default class Registrator {
    constructor(ua: UA);
    _to_uri: URI;
    register(): void;
    unregister(): void;
    onTransportClosed(): void;
    get registered(): boolean;
  }
}
