import type { Tenant } from '../domain/tenant.ts';
import type { Collections, TenantDocument } from './documents.ts';

/** What an operator does with tenants. Each comes to be with its first key, and none is deleted. */
export interface Tenants {
  /** Lists all tenants, oldest first. */
  list(): Promise<Tenant[]>;
  /** Has every key of a tenant refused; undefined when there is no tenant of that name that is not suspended. */
  suspend(name: string): Promise<Tenant | undefined>;
  /** Lets the keys of a suspended tenant in again; undefined when there is no suspended one of that name. */
  resume(name: string): Promise<Tenant | undefined>;
}

/** Creates what operators do with tenants. */
export function createTenants({ tenants }: Pick<Collections, 'tenants'>): Tenants {
  return {
    async list() {
      const documents = await tenants.find().sort({ createTime: 1, _id: 1 }).toArray();
      return documents.map(fromDocument);
    },

    async suspend(name) {
      const suspended = await tenants.findOneAndUpdate(
        { _id: name, suspendTime: { $exists: false } },
        { $set: { suspendTime: new Date() } },
        { returnDocument: 'after' },
      );
      return suspended ? fromDocument(suspended) : undefined;
    },

    async resume(name) {
      const resumed = await tenants.findOneAndUpdate(
        { _id: name, suspendTime: { $exists: true } },
        { $unset: { suspendTime: true } },
        { returnDocument: 'after' },
      );
      return resumed ? fromDocument(resumed) : undefined;
    },
  };
}

function fromDocument({ _id: name, ...document }: TenantDocument): Tenant {
  return { name, ...document };
}
