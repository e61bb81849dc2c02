use std::fmt;

use handlebars::{Handlebars, no_escape};
use serde_json::{Map, Value};

use crate::builtin::{self, Partial, Source};
use crate::error::{TemplateError, shown};
use crate::nearest::nearest;
use crate::variables::Declaration;

/// The name that stands at the head of a message when nothing else is configured.
const DEFAULT_BRAND: &str = "Windlass";

/// The variable that every template may use without declaring it.
const BRAND: &str = "brand";

/// A message's parts, filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The subject, one line.
    pub subject: String,
    /// The HTML part; every variable is escaped.
    pub html: String,
    /// The plain text part; variables stand as they were given.
    pub text: String,
}

/// The built-in templates, parsed and ready to be rendered from any number of tasks.
pub struct Templates {
    brand: String,
    entries: Vec<Entry>,
    html: Handlebars<'static>,
    plain: Handlebars<'static>,
}

struct Entry {
    name: &'static str,
    sample: Value,
    declaration: Declaration,
}

impl Templates {
    /// Parses the built-in templates. An error here is a fault of the build, not of its configuration.
    pub fn builtin() -> Result<Self, TemplateError> {
        let mut templates = Self {
            brand: DEFAULT_BRAND.to_owned(),
            entries: Vec::new(),
            html: engine(builtin::HTML_PARTIALS)?,
            plain: engine(builtin::TEXT_PARTIALS)?,
        };
        templates.html.register_escape_fn(escape_html);
        templates.plain.register_escape_fn(no_escape);
        for source in builtin::TEMPLATES {
            templates.add(source)?;
        }
        Ok(templates)
    }

    /// The same templates with `brand` as the product's name.
    pub fn with_brand(mut self, brand: impl Into<String>) -> Self {
        self.brand = brand.into();
        self
    }

    /// The names of all templates.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.entries.iter().map(|entry| entry.name)
    }

    /// The template's sample data, for a preview.
    pub fn sample(&self, name: &str) -> Result<&Value, TemplateError> {
        Ok(&self.entry(name)?.sample)
    }

    /// Fills in the template `name`. `variables` must be an object of exactly the variables that it takes.
    pub fn render(&self, name: &str, variables: &Value) -> Result<Rendered, TemplateError> {
        let entry = self.entry(name)?;
        let context = self.context(entry, variables)?;
        Ok(Rendered {
            subject: self.subject(entry, &context)?,
            html: fill(&self.html, entry, Part::Html, &context)?,
            text: fill(&self.plain, entry, Part::Text, &context)?,
        })
    }

    fn add(&mut self, source: &Source) -> Result<(), TemplateError> {
        register(&mut self.html, source.name, Part::Html, source.html)?;
        register(&mut self.plain, source.name, Part::Text, source.text)?;
        register(&mut self.plain, source.name, Part::Subject, source.subject.trim_end())?;
        let sample: Map<String, Value> = serde_json::from_str(source.sample)
            .map_err(|error| faulty(source.name, "sample.json", &error))?;
        let declaration = Declaration::from_sample(&sample);
        self.entries.push(Entry { name: source.name, sample: Value::Object(sample), declaration });
        Ok(())
    }

    fn entry(&self, name: &str) -> Result<&Entry, TemplateError> {
        self.entries.iter().find(|entry| entry.name == name).ok_or_else(|| TemplateError::Unknown {
            name: shown(name),
            nearest: nearest(name, self.names()).map(str::to_owned),
            available: self.names().map(str::to_owned).collect(),
        })
    }

    fn context(&self, entry: &Entry, variables: &Value) -> Result<Value, TemplateError> {
        let template = entry.name.to_owned();
        let Value::Object(given) = variables else {
            return Err(TemplateError::NotAnObject { template, expected: entry.declaration.names() });
        };
        let faults = entry.declaration.faults(given);
        if !faults.is_empty() {
            return Err(TemplateError::Variables { template, faults });
        }
        let mut context = given.clone();
        context.insert(BRAND.to_owned(), Value::from(self.brand.as_str()));
        Ok(Value::Object(context))
    }

    fn subject(&self, entry: &Entry, context: &Value) -> Result<String, TemplateError> {
        let subject = fill(&self.plain, entry, Part::Subject, context)?;
        if subject.contains(char::is_control) {
            return Err(TemplateError::SubjectLineBreak { template: entry.name.to_owned() });
        }
        Ok(subject)
    }
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Templates").field("names", &self.names().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

#[derive(Clone, Copy)]
enum Part {
    Subject,
    Html,
    Text,
}

impl Part {
    fn file(self) -> &'static str {
        match self {
            Self::Subject => "subject.hbs",
            Self::Html => "html.hbs",
            Self::Text => "text.hbs",
        }
    }

    fn key(self, template: &str) -> String {
        format!("{template}/{}", self.file())
    }
}

fn engine(partials: &[Partial]) -> Result<Handlebars<'static>, TemplateError> {
    let mut engine = Handlebars::new();
    engine.set_strict_mode(true);
    // A partial keeps its own indentation: in the text part it would become part of the message.
    engine.set_prevent_indent(true);
    for partial in partials {
        engine
            .register_partial(partial.name, partial.source)
            .map_err(|error| faulty("layout", partial.name, &error))?;
    }
    Ok(engine)
}

/// Escapes what ends an element or a quoted attribute, and nothing else: the engine's own function also writes
/// `=` as a reference, which makes every address with a query unreadable in the source of a mail. The templates
/// quote all their attributes.
fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn register(
    engine: &mut Handlebars<'static>,
    template: &str,
    part: Part,
    source: &str,
) -> Result<(), TemplateError> {
    engine
        .register_template_string(&part.key(template), source)
        .map_err(|error| faulty(template, part.file(), &error))
}

fn fill(
    engine: &Handlebars<'static>,
    entry: &Entry,
    part: Part,
    context: &Value,
) -> Result<String, TemplateError> {
    engine.render(&part.key(entry.name), context).map_err(|error| faulty(entry.name, part.file(), &error))
}

fn faulty(template: &str, part: &'static str, error: &dyn fmt::Display) -> TemplateError {
    TemplateError::Faulty { template: template.to_owned(), part, fault: error.to_string() }
}
