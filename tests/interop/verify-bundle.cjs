// SPDX-License-Identifier: Apache-2.0
// Verifies bundles made with a bare key by sigstore's own client:
//     node verify-bundle.cjs NODE_MODULES KEY.pub FILE BUNDLE...
// prints one line for each bundle: `yes`, or the client's message.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');

const [modules, keyFile, file, ...bundles] = process.argv.slice(2);
const load = (name) => require(path.join(modules, '@sigstore', name));
const { bundleFromJSON } = load('bundle');
const { Verifier, toSignedEntity, toTrustMaterial } = load('verify');

const key = crypto.createPublicKey(fs.readFileSync(keyFile)).export({ format: 'der', type: 'spki' });
const hint = crypto.createHash('sha256').update(key).digest('base64');
const nobody = { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] };
const trust = toTrustMaterial(nobody, { [hint]: { rawBytes: key } });
// What a key alone can show: no log, no timestamp.
const verifier = new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 });

for (const name of bundles) {
  try {
    const bundle = bundleFromJSON(JSON.parse(fs.readFileSync(name, 'utf8')));
    verifier.verify(toSignedEntity(bundle, fs.readFileSync(file)));
    console.log('yes');
  } catch (error) {
    console.log(error.message.split('\n')[0]);
  }
}
