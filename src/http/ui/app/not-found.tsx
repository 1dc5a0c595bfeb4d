import { Heading } from '../parts/heading.tsx';
import { links } from './place.ts';

export function NotFound({ what }: { what: string }) {
  return (
    <>
      <Heading title="Not found" />
      <p>{what}</p>
      <p>
        <a href={links.now}>What happens now</a> · <a href={links.jobs}>All jobs</a>
      </p>
    </>
  );
}
