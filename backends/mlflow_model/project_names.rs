//! What a text means as an experiment.

use crate::model::Project;
use crate::tracker::{Candidate, Match};

/// The experiments that a text means: by name, else by id, else by name in another case, else by the beginning of the id.
pub(crate) fn meant(projects: &[Project], text: &str) -> Vec<Candidate> {
    let candidate = |project: &Project, matched| Candidate {
        id: project.id.as_str().to_owned(),
        name: project.name.clone(),
        project: None,
        started: None,
        matched,
    };
    let named = |is: &dyn Fn(&str) -> bool| -> Vec<Candidate> {
        let all = projects.iter().filter(|project| is(&project.name));
        all.map(|project| candidate(project, Match::Name)).collect()
    };
    // A name wins over an id: names such as `1` exist, and who writes an id of an experiment seldom means another's name.
    let exact = named(&|name| name == text);
    if !exact.is_empty() {
        return exact;
    }
    if let Some(project) = projects.iter().find(|project| project.id.as_str() == text) {
        return vec![candidate(project, Match::Id)];
    }
    let lowered = text.to_lowercase();
    let same_letters = named(&|name| name.to_lowercase() == lowered);
    if !same_letters.is_empty() || text.len() < 6 {
        return same_letters;
    }
    let begins = projects.iter().filter(|project| project.id.as_str().starts_with(text));
    begins.map(|project| candidate(project, Match::Prefix)).collect()
}
