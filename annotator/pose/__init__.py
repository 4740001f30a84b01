"""The Pose tab: a drawing comes in by upload, paste, camera or sketchpad, and its skeleton stands over it."""
