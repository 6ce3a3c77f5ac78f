import { beforeAll, expect, test } from 'vitest';
import { newSigningKey, openSigner } from '../../src/evidence/dsse.ts';
import { companionsOf } from '../../src/evidence/report/companions.ts';
import { verifyEvidence, type Verification } from '../../src/evidence/verification/verify.ts';
import { seededRandom } from '../../src/sandbox/router/random.ts';
import { sealTools } from '../support/sealing.ts';
import { damaged, flipped, HARM_NAMES, type Damage } from './generated/damage.ts';
import { bundleOf, sealed, type Files } from './generated/sealed.ts';
import { tell } from './generated/tell.ts';

/** `npm run tamper` flips ten thousand; `npm test` has time for some in each file. */
const FLIPS = Number(process.env['GOLIVE_FLIPS'] ?? 400);
const SEED = process.env['GOLIVE_SEED'] ?? 'a careless clerk';

const tools = sealTools({ companionsOf });
const publicKey = tools.signer?.publicKey;
let bundle: Files;
let other: Files;

beforeAll(async () => {
  bundle = await sealed(tell({ seed: 'tampered', outcome: 'rolled-back', trust: 'signed', speed: 1440 }), tools);
  other = await sealed(tell({ seed: 'other', outcome: 'rolled-back', trust: 'signed', speed: 1440 }), tools);
});

const verify = (files: Files) => verifyEvidence(bundleOf(files), { publicKey });

/** The files that verification names, or `none`. */
function named({ rulings }: Verification): string {
  return rulings.flatMap(({ problems }) => problems.map(({ path, why }) => `${path}: ${why}`)).join('; ') || 'none';
}

/** What went unnoticed, or was noticed without a word about where. */
async function unnoticed(damages: readonly Damage[]): Promise<readonly string[]> {
  const found = await Promise.all(
    damages.map(async ({ what, files }) => ({ what, verification: await verify(files) })),
  );
  return found.filter(({ verification }) => verification.ok || named(verification) === 'none').map(({ what }) => what);
}

test('the bundle verifies before anybody touches it', async () => {
  expect(named(await verify(bundle))).toBe('none');
});

test(`each of ${FLIPS} bytes flipped, some in every file, is found and said where (seed: ${SEED})`, async () => {
  const random = seededRandom(SEED);
  const paths = [...bundle.keys()];
  for (let done = 0; done < FLIPS; done += paths.length) {
    const damages = paths.slice(0, FLIPS - done).map((path) => ({ path, damage: flipped(bundle, path, random) }));
    const verifications = await Promise.all(damages.map(async ({ damage }) => verify(damage.files)));
    // A damaged manifest makes strangers of the files that it no longer names, so there any of them may be named.
    const missed = damages.filter(({ path }, index) => {
      const where = named(verifications[index] as Verification);
      return path === 'manifest.json' ? where === 'none' : !where.includes(path);
    });
    expect(missed.map(({ damage }) => damage.what)).toEqual([]);
  }
}, 1_200_000);

test.each(HARM_NAMES)('%s is found', async (harm) => {
  const random = seededRandom(`${SEED} ${harm}`);
  const damages = Array.from({ length: 8 }, () => damaged(bundle, harm, random, other));
  expect(await unnoticed(damages)).toEqual([]);
});

test('a bundle that somebody else sealed anew, flawless but for the key, is found', async () => {
  const stranger = { ...tools, signer: openSigner(newSigningKey().private) };
  const again = await sealed(
    tell({ seed: 'tampered', outcome: 'rolled-back', trust: 'signed', speed: 1440 }),
    stranger,
  );
  expect(named(await verify(again))).toBe('manifest.dsse.json: was not signed with this key');
});

test('a bundle whose signature was taken off, or put on another manifest, is found', async () => {
  const bare = new Map(bundle);
  bare.delete('manifest.dsse.json');
  expect(named(await verify(bare))).toContain('manifest.dsse.json: is missing');
  const swapped = new Map(other).set('manifest.dsse.json', bundle.get('manifest.dsse.json') as Buffer);
  expect(named(await verify(swapped))).toContain('manifest.dsse.json: says another manifest');
});

test('a journal that was cut off and closed anew, with a manifest to fit, still lacks the signature', async () => {
  const draft = tell({ seed: 'tampered', outcome: 'rolled-back', trust: 'signed', speed: 1440 });
  draft.entries.splice(40, 5);
  const cut = await sealed(draft, { ...tools, signer: undefined });
  cut.set('manifest.dsse.json', bundle.get('manifest.dsse.json') as Buffer);
  expect((await verify(cut)).ok).toBe(false);
});
