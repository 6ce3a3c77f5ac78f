import { readExamplePlan } from '../../src/cli/rehearsal-plan.ts';
import { planSchema } from '../../src/domain/plan-schema.ts';

export const PLAN = planSchema.parse(readExamplePlan('.'));
