//! Models: registered ones with their versions, those that runs logged, and prompts.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Metric, ProjectRef, Run, RunId};

/// What kind of thing a model is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ModelKind {
    /// An entry of a registry, with versions.
    #[default]
    Registered,
    /// A model that a run saved.
    Logged,
    /// A prompt, which MLflow 3 keeps among its registered models.
    Prompt,
}

impl ModelKind {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Logged => "logged",
            Self::Prompt => "prompt",
        }
    }
}

/// A model, with those of its versions that are known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// The reference that other tools take, without the tracker: its name, or its id where names are not unique.
    pub id: String,
    /// The name.
    pub name: String,
    /// What it is.
    pub kind: ModelKind,
    /// The description that people wrote.
    pub description: Option<String>,
    /// Tags; plain words (ClearML) have an empty value.
    pub tags: BTreeMap<String, String>,
    /// Names that people gave to versions, with the version.
    pub aliases: BTreeMap<String, String>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it, or a version of it, last changed.
    pub updated: Option<Timestamp>,
    /// The moment by which lists are ordered, the latest first.
    pub listed_by: Option<Timestamp>,
    /// Whose it is.
    pub owner: Option<String>,
    /// The project it lies in, where models lie in such.
    pub project: Option<ProjectRef>,
    /// Put away.
    pub archived: bool,
    /// The newest first: all that were asked for, or those that a list comes with.
    pub versions: Vec<ModelVersion>,
    /// How many versions there are in all, where that is known.
    pub total: Option<u64>,
    /// Its page in the tracker's web interface.
    pub web_url: Option<String>,
}

/// A version of a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelVersion {
    /// The reference that other tools take, without the tracker: `name/3`, or an id.
    pub id: String,
    /// Its number among those of its name (ClearML: by creation); the id of one that is no version of anything.
    pub version: String,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it last changed.
    pub updated: Option<Timestamp>,
    /// Whether its files are there, as the server says it (`READY`, `FAILED`), or `published`.
    pub status: Option<String>,
    /// Its stage (`Production`), where it has one.
    pub stage: Option<String>,
    /// Names that people gave to it.
    pub aliases: Vec<String>,
    /// The description that people wrote.
    pub description: Option<String>,
    /// Tags; plain words (ClearML) have an empty value.
    pub tags: BTreeMap<String, String>,
    /// Who made it.
    pub user: Option<String>,
    /// Put away.
    pub archived: bool,
    /// Where it is stored, or was taken from, as recorded.
    pub location: Option<String>,
    /// What it was made with (`pytorch`).
    pub frameworks: Vec<String>,
    /// The run that made it, if one did.
    pub run: Option<RunId>,
    /// The logged model that it was registered from, or itself.
    pub logged: Option<String>,
    /// The versions of registered models that it was registered as: `name/3`.
    pub registered_as: Vec<String>,
    /// Metrics that were logged for the model itself.
    pub metrics: BTreeMap<String, Metric>,
    /// Params of the model itself.
    pub params: BTreeMap<String, String>,
    /// Classes that it tells apart, with their numbers.
    pub labels: BTreeMap<String, i64>,
    /// What people noted of it beside tags.
    pub metadata: BTreeMap<String, String>,
    /// Its configuration, as text.
    pub config: Option<String>,
    /// What it says, if it is a prompt.
    pub prompt: Option<Prompt>,
    /// Its page in the tracker's web interface.
    pub web_url: Option<String>,
}

/// What a prompt says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// `text` or `chat`.
    pub kind: Option<String>,
    /// The template.
    pub text: String,
}

/// What a model says of itself in its `MLmodel`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelFacts {
    /// Names of its flavours (`pytorch`), each with the version of its library.
    pub flavors: BTreeMap<String, String>,
    /// What goes in: name and type of each.
    pub inputs: Vec<String>,
    /// What comes out: name and type of each.
    pub outputs: Vec<String>,
    /// The Python that it was made with.
    pub python: Option<String>,
    /// The MLflow that it was made with.
    pub mlflow: Option<String>,
    /// How large it is, in bytes.
    pub bytes: Option<u64>,
}

/// A model looked at as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelDetails {
    /// The model with its versions, as many as were asked for and those that have an alias, a stage or were asked for.
    pub model: Model,
    /// The version that the reference named.
    pub asked: Option<String>,
    /// The newest version that is older than all of those in a row that are told, if there is one.
    pub older: Option<String>,
    /// The runs that made the versions, with metrics, params, datasets and code; each once.
    pub sources: Vec<Run>,
    /// What the version that matters most says of itself.
    pub facts: Option<(String, ModelFacts)>,
    /// Runs that use it as input, where the tracker can be asked; the newest first.
    pub used_by: Option<Vec<Run>>,
    /// What was not seen, as sentences for the reader.
    pub notes: Vec<String>,
}

impl ModelDetails {
    /// The run that made a version, if it is there.
    pub fn source(&self, version: &ModelVersion) -> Option<&Run> {
        let id = version.run.as_ref()?;
        self.sources.iter().find(|run| run.id == *id)
    }
}

/// Aliases by which people tell the version that is in use, the most telling first.
const IN_USE: [&str; 5] = ["champion", "production", "prod", "live", "best"];

impl Model {
    /// The version that matters most: the one asked for, else the one in use by its alias or stage, else the newest.
    pub fn leader(&self, asked: Option<&str>) -> Option<&ModelVersion> {
        let called = |number: &str| self.versions.iter().find(|version| version.version == number);
        asked.and_then(called).or_else(|| self.in_use()).or(self.versions.first())
    }

    /// The version in use, as far as aliases and stages tell.
    pub fn in_use(&self) -> Option<&ModelVersion> {
        let by_alias = |word: &&str| {
            self.versions.iter().find(|version| version.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(word)))
        };
        let in_production = || self.versions.iter().find(|version| version.stage.as_deref() == Some("Production"));
        IN_USE.iter().find_map(by_alias).or_else(in_production)
    }

    /// Keeps of all versions, the newest of which come first, `most` in a row, and those that an alias, a stage or a
    /// reference (`asked`) names. The row begins with the newest; with the one that was asked for by its number
    /// (`numbered`), if that does not belong to it. Gives the version that follows the row.
    #[must_use]
    pub fn shorten(&mut self, most: usize, asked: Option<&str>, numbered: bool) -> Option<String> {
        let count = self.versions.len();
        self.total = Some(count as u64);
        let place = asked.and_then(|asked| self.versions.iter().position(|version| version.version == asked));
        let first = place.filter(|place| numbered && *place >= most).unwrap_or(0);
        let end = first.saturating_add(most);
        let older = self.versions.get(end).map(|version| version.version.clone());
        let mut at = 0;
        self.versions.retain(|version| {
            let in_row = (first..end).contains(&at);
            let newest = at == 0;
            at += 1;
            let named =
                !version.aliases.is_empty() || version.stage.is_some() || asked == Some(version.version.as_str());
            in_row || newest || named
        });
        older
    }
}

#[cfg(test)]
mod tests {
    use super::{Model, ModelVersion};

    fn model(count: u32) -> Model {
        let version = |number: u32| ModelVersion {
            version: number.to_string(),
            aliases: (number == 12).then(|| "champion".to_owned()).into_iter().collect(),
            ..ModelVersion::default()
        };
        Model { versions: (1..=count).rev().map(version).collect(), ..Model::default() }
    }

    fn shortened(count: u32, most: usize, asked: Option<&str>) -> (Vec<String>, Option<String>) {
        let mut model = model(count);
        let older = model.shorten(most, asked, true);
        assert_eq!(model.total, Some(u64::from(count)));
        (model.versions.into_iter().map(|version| version.version).collect(), older)
    }

    #[test]
    fn the_newest_versions_and_those_with_a_name_are_kept() {
        assert_eq!(
            shortened(300, 3, None),
            (["300", "299", "298", "12"].map(str::to_owned).to_vec(), Some("297".into()))
        );
        assert_eq!(shortened(2, 3, None).1, None);
    }

    #[test]
    fn from_a_version_asked_for_the_older_ones_follow_until_none_is_left() {
        let mut seen = shortened(30, 7, None).0;
        let mut next = shortened(30, 7, None).1;
        while let Some(version) = next {
            let (shown, older) = shortened(30, 7, Some(&version));
            assert!(shown.len() <= 9, "{shown:?}");
            (seen, next) = ([seen, shown].concat(), older);
        }
        seen.sort_by_key(|version| version.parse::<u32>().unwrap());
        seen.dedup();
        assert_eq!(seen.len(), 30);
    }

    #[test]
    fn the_version_in_use_is_told_by_its_alias() {
        let model = model(20);
        assert_eq!(model.in_use().unwrap().version, "12");
        assert_eq!(model.leader(Some("3")).unwrap().version, "3");
        assert_eq!(Model::default().leader(None), None);
    }
}
