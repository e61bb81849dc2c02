/// The files of one template's folder.
pub(crate) struct Source {
    pub(crate) name: &'static str,
    pub(crate) subject: &'static str,
    pub(crate) html: &'static str,
    pub(crate) text: &'static str,
    pub(crate) sample: &'static str,
}

/// A partial that the templates share, and the parts of a message that it belongs to.
pub(crate) struct Partial {
    pub(crate) name: &'static str,
    pub(crate) source: &'static str,
}

macro_rules! folders {
    ($($name:literal),+ $(,)?) => {
        &[$(Source {
            name: $name,
            subject: include_str!(concat!("../", $name, "/subject.hbs")),
            html: include_str!(concat!("../", $name, "/html.hbs")),
            text: include_str!(concat!("../", $name, "/text.hbs")),
            sample: include_str!(concat!("../", $name, "/sample.json")),
        }),+]
    };
}

/// Every built-in template, in the order in which a person meets them.
pub(crate) const TEMPLATES: &[Source] = folders!["welcome", "password_reset"];

pub(crate) const HTML_PARTIALS: &[Partial] = &[
    Partial { name: "layout", source: include_str!("../layout/html.hbs") },
    Partial { name: "button", source: include_str!("../layout/button.html.hbs") },
];

pub(crate) const TEXT_PARTIALS: &[Partial] =
    &[Partial { name: "layout", source: include_str!("../layout/text.hbs") }];
