//! What MLflow REST and its local store share.
