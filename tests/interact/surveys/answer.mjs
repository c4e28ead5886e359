// Answers forms as a person does, question by question, and says after each round what survey-core shows and refuses.
import { readFileSync } from "node:fs";
import { Model, settings } from "survey-core";

settings.comparator.caseSensitive = true;
settings.comparator.trimStrings = false;

const REASONS = { required: "survey.required", requiredinallrowserror: "survey.rows" };

function answerRound(model, answers) {
  for (const question of model.getAllQuestions()) {
    if (question.name in answers && isShown(question) && !question.isReadOnly) {
      question.value = answers[question.name] ?? undefined;
      model.runConditions(); // by itself it does not ask conditions over rows again when a whole matrix is taken back
    }
  }
  const errors = {};
  for (const question of model.getAllQuestions().filter(isShown)) {
    question.validate(true);
    const found = question.errors.map((error) => REASONS[error.getErrorType()] ?? error.text).sort();
    if (found.length) errors[question.name] = found;
  }
  return {
    pages: model.visiblePages.map((page) => page.name),
    questions: model.getAllQuestions().filter(isShown).map((question) => question.name),
    enabled: model.getAllQuestions().filter((question) => isShown(question) && !question.isReadOnly).map((question) => question.name),
    data: model.data,
    errors,
  };
}

function isShown(question) {
  return question.isVisible && question.page.isVisible;
}

const forms = JSON.parse(readFileSync(0, "utf8"));
const said = forms.map(({ form, rounds }) => {
  const model = new Model(form);
  return rounds.map((answers) => answerRound(model, answers));
});
process.stdout.write(JSON.stringify(said));
