import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import type { MessageName } from '../../src/domain/messages.ts';
import { startFormLink } from '../../src/domain/temporal-ui.ts';

const RUN = /^.*\/workflows\/[^/]+\/[^/]+\//;

/** The current details of a run as they are on the screen: the whole text, and the blocks to copy from. */
export interface Details {
  readonly text: string;
  readonly blocks: readonly string[];
}

/** The pages of the Temporal UI as a person uses them. Everything waits for what it needs to see. */
export class TemporalUi {
  readonly #page: Page;
  readonly #ui: string;
  readonly #screenshots: string;
  #run: string | undefined;
  #taken = 0;

  constructor(page: Page, ui: string, screenshots: string) {
    this.#page = page;
    this.#ui = ui;
    this.#screenshots = screenshots;
    mkdirSync(screenshots, { recursive: true });
  }

  /** Keeps what is on the screen, numbered in the order in which it was seen. */
  async screenshot(name: string): Promise<void> {
    this.#taken += 1;
    const number = String(this.#taken).padStart(2, '0');
    await this.#page.screenshot({ path: join(this.#screenshots, `${number}-${name}.png`), fullPage: true });
  }

  /** Opens the link to the start form and answers what it has filled in. */
  async openStartForm(workflowId: string): Promise<Record<'workflowId' | 'taskQueue' | 'workflowType', string>> {
    await this.#page.goto(startFormLink(this.#ui, 'default', workflowId));
    const valueOf = (field: string) => this.#page.getByTestId(field).inputValue();
    await this.#page.getByText('Task Queue is Active').waitFor();
    return {
      workflowId: await valueOf('workflowId'),
      taskQueue: await valueOf('taskQueue'),
      workflowType: await valueOf('workflowType'),
    };
  }

  /** Pastes the input into the start form and starts. */
  async start(input: string): Promise<void> {
    const main = this.#page.getByRole('main');
    await this.#paste(main.locator('.cm-content').first(), input);
    await this.screenshot('start-form');
    await this.#page.getByTestId('start-workflow-button').click();
    await this.#page.getByText('Workflow started successfully').waitFor();
  }

  /**
   * One tab of a run, freshly loaded. A page that stays open keeps asking for news on one connection after the other, until
   * the browser has none left for anything else.
   */
  async open(workflowId: string, tab: 'timeline' | 'user-metadata' | 'query' = 'timeline'): Promise<void> {
    this.#run ??= await this.#addressOf(workflowId);
    await this.#page.goto(this.#run + tab);
    await this.#page.getByRole('button', { name: 'More Actions' }).first().waitFor();
  }

  async details(workflowId: string): Promise<Details> {
    await this.open(workflowId, 'user-metadata');
    const page = this.#page.frameLocator('#user-metadata-current-details').getByRole('main');
    await page.getByRole('heading').waitFor();
    return { text: (await page.innerText()).trim(), blocks: await page.locator('pre').allInnerTexts() };
  }

  /** Sends a signal by the dialog of the run that is open; answers how the dialog describes it. */
  async signal(name: MessageName, body: string): Promise<string> {
    await this.#page.getByRole('button', { name: 'More Actions' }).first().click();
    await this.#page.getByRole('menuitem', { name: 'Send a Signal' }).first().click();
    const dialog = this.#page.getByRole('dialog', { name: 'Send a Signal' });
    await dialog.getByTestId('signal-select-button').click();
    const option = dialog.getByRole('option').filter({ hasText: new RegExp(`^\\s*${name}\\b`) });
    const description = await option.innerText();
    await option.click();
    await this.#paste(dialog.locator('.cm-content'), body);
    await this.screenshot(`signal-${name}`);
    await dialog.getByRole('button', { name: 'Submit' }).click();
    await dialog.waitFor({ state: 'hidden' });
    return description;
  }

  /** Runs a query in the tab for it and answers what the button beside its result copies. */
  async query(workflowId: string, name: string): Promise<string> {
    await this.open(workflowId, 'query');
    const main = this.#page.getByRole('main');
    await main.getByTestId('query-select-button').click();
    await main.getByRole('option', { name: new RegExp(`^${name}`) }).click();
    await main.getByRole('button', { name: 'Run Query' }).click();
    await main.getByTestId('query-result').getByText('"version"').waitFor();
    await this.screenshot(`query-${name}`);
    await main.locator('[data-track-name=copyable-button]').last().click();
    return this.#page.evaluate('navigator.clipboard.readText()');
  }

  /** The page of a run that has ended: its status, and everything that is written there. */
  async ended(workflowId: string): Promise<{ readonly status: string; readonly text: string }> {
    await this.open(workflowId);
    const main = this.#page.getByRole('main');
    await main.getByTestId('input-and-result').getByText('"evidence"').waitFor();
    const status = await main.getByTestId('workflow-status').first().innerText();
    return { status: status.trim(), text: await main.innerText() };
  }

  /** The rows of the list of workflows that a query finds, with these columns instead of those that a new browser shows. */
  async list(query: string, columns: readonly string[]): Promise<string[]> {
    await this.#page.goto(`${this.#ui}/namespaces/default/workflows?query=${encodeURIComponent(query)}`);
    await this.#page.getByTestId('workflows-summary-table-configuration-button').click();
    const button = (column: string, does: 'add' | 'remove') =>
      this.#page.getByTestId(`orderable-list-item-${column}-${does}-button`).click();
    for (const column of ['Run ID', 'Type', 'Start', 'End']) await button(column, 'remove');
    for (const column of columns) await button(column, 'add');
    await this.#page.reload();
    const rows = this.#page.getByRole('main').locator('tbody tr');
    await rows.first().waitFor();
    return rows.allInnerTexts();
  }

  /** The address of the newest run, to which the UI leads from that of the workflow. */
  async #addressOf(workflowId: string): Promise<string> {
    await this.#page.goto(`${this.#ui}/namespaces/default/workflows/${encodeURIComponent(workflowId)}`);
    await this.#page.waitForURL(RUN);
    return RUN.exec(this.#page.url())?.[0] ?? '';
  }

  /**
   * Puts a text into an editor, instead of what a dialog has kept from the last time. It is laid out anew when the editor is
   * left, which moves what is below it; so it is left before anything else is clicked.
   */
  async #paste(editor: Locator, text: string): Promise<void> {
    await editor.click();
    await this.#page.keyboard.press('ControlOrMeta+A');
    await this.#page.keyboard.insertText(text);
    await editor.blur();
  }
}
