/** `VERIFY.md`: how somebody who has neither golive nor a network can prove what a bundle tells. */
export const MANUAL_TEXT = `# How to verify this bundle

This directory is the sealed evidence of one go-live (\`golive-evidence/v1\`). \`report.html\` tells it to people; it proves
nothing by itself. Everything below works without a network.

## What you need from elsewhere

- The **public key of the service** that sealed it, in PEM, called \`service.pub\` here. Get it, or its fingerprint, from the
  operator by another way than this bundle: whoever can replace the bundle can replace a key in it.
- To judge approvals: the key sets of those who vouch for approvers. Copies that were in force lie in \`approvals/\`.
- Better still, the **digest of the manifest** from the result of the workflow.

## Integrity, with common tools

\`\`\`sh
sh verify.sh service.pub
\`\`\`

It needs a POSIX shell, \`openssl\`, \`sha256sum\` and \`jq\`. You can read it first, and you can do the same by hand:

\`\`\`sh
# What was signed: the DSSE envelope holds an in-toto Statement.
jq -r .payload manifest.dsse.json | base64 -d > /tmp/statement
type=$(jq -r .payloadType manifest.dsse.json)
{ printf 'DSSEv1 %d %s %d ' "\${#type}" "$type" "$(wc -c < /tmp/statement)"; cat /tmp/statement; } > /tmp/signed
jq -r '.signatures[0].sig' manifest.dsse.json | base64 -d > /tmp/signature
openssl dgst -sha256 -verify service.pub -signature /tmp/signature /tmp/signed

# The statement names the manifest, and the manifest names every file.
jq -r '.subject[] | select(.name == "manifest.json") | .digest.sha256 + "  manifest.json"' /tmp/statement | sha256sum -c
jq -r '.files[] | .sha256 + "  " + .path' manifest.json | sha256sum -c

# Where there is a time stamp, with the certificate of its authority:
openssl ts -verify -data manifest.dsse.json -in manifest.dsse.json.tsr -CAfile tsa-ca.pem
\`\`\`

A file that the manifest does not list, apart from \`manifest.json\` and \`manifest.dsse.json\` (and its \`.tsr\`), does not belong
here.

Each line of \`journal.jsonl\` is one entry. Its last member, \`digest\`, is the SHA-256 of the line without
\`,"digest":"…"\`; \`previous\` is the \`digest\` of the line before (64 zeros in the first), and \`sequence\` counts from 1.

## The rules, with golive

\`\`\`sh
golive evidence verify PATH --key service.pub
\`\`\`

evaluates the rules again from what lies here: the order of the steps, the approvals (each signature once more) and that there
were enough of them before anything was done, the words on controls, and every window of traffic, counted and judged again from
the raw samples. \`golive evidence control C4 PATH\` shows what there is about one item of the runbook.

## What is in it

| file | what it is |
| --- | --- |
| \`plan.json\` | the plan, as people approved it: its SHA-256 is what they named |
| \`journal.jsonl\` | everything that was decided or found, one entry a line |
| \`facts/\` | what findings rest on, named by the SHA-256 of their bytes |
| \`metrics/\` | raw samples in chunks, each of which names the one before |
| \`approvals/\` | decisions as they were signed (JWS), and the keys they were held against |
| \`audit/\`, \`history/\` | the platform's audit log and Temporal's history of the run, or why they are absent |
| \`software/\` | what sealed it |
| \`progress.json\` | the last state of the run |
| \`previous.json\` | the bundle before this one of the same tenant and environment |
| \`manifest.json\`, \`manifest.dsse.json\` | the list of all files, and the signed statement about it |

## What no verification proves

That the platform, the router and the metrics told the truth when they were asked; that what people vouched for is true; and that
whoever holds the key of the service is who you think. \`"rehearsal": true\` in the manifest means that it was none of production.
`;
