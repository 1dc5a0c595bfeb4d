import type { Explanation } from '../../data/jobs.ts';
import { links } from '../../app/place.ts';
import { shortHash } from '../../format/format.ts';
import { JsonValue } from '../../parts/json-value.tsx';
import { Table } from '../../parts/table.tsx';
import { Ago } from '../../parts/time.tsx';

const reasons: Readonly<Record<string, string>> = {
  forced: 'It was forced: it ran although there was an entry.',
  new_input: 'This input was new: no entry had been made from it.',
  new_configuration: 'This input was known, its configuration was new.',
  failed_before: 'The same work was tried before, and failed.',
  entry_gone: 'There was an entry, and it was removed.',
};

/** The fields in which the job differs from the entry that comes closest to it. */
export function Miss({
  explanation: { reason, closest, config, partial },
}: {
  explanation: Explanation;
}) {
  return (
    <>
      <p>
        {reason === null
          ? 'An entry of this key stood already, and was handed out.'
          : (reasons[reason] ?? reason)}
      </p>
      {reason !== null && closest !== null && closest.differences.length > 0 && (
        <>
          <p class="quiet">
            Closest is{' '}
            <a href={links.entry(closest.key)}>
              <code>{shortHash(closest.key.config_hash)}</code>
            </a>
            {closest.created_at != null && (
              <>
                , <Ago at={closest.created_at} />
              </>
            )}
            {partial && '. Not all entries were looked at.'}
          </p>
          <Table
            caption="Fields that differ from the closest entry"
            columns={[{ name: 'Field' }, { name: 'There' }, { name: 'Here' }]}
          >
            {closest.differences.map(({ field, wanted, found }) => (
              <tr key={field}>
                <th scope="row">
                  <code class="broken">{field}</code>
                </th>
                <td class="gone">
                  <JsonValue value={found} />
                </td>
                <td class="new">
                  <JsonValue value={wanted} />
                </td>
              </tr>
            ))}
          </Table>
        </>
      )}
      {config !== null && (
        <details>
          <summary>What the key is made of</summary>
          <pre class="boxed" tabIndex={0} aria-label="Configuration">
            {JSON.stringify(config, null, 2)}
          </pre>
        </details>
      )}
    </>
  );
}
